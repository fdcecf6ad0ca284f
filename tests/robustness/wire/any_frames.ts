import fc from "fast-check";
import {
  concat,
  FRAME,
  frame,
  grpcMessage,
  literal,
  PREFACE,
  RawConnection,
  requestHeaders,
} from "../../support/http2_frames.ts";
import { answersGoodCalls } from "../calls.ts";
import { CASES, holds } from "../random.ts";
import { DEFINE, goodRequest, opened } from "./garbage.ts";

/** Connections that are opened at once. After each batch valid calls are made. */
const BATCH = 25;

const stream = fc.constantFrom(0, 1, 2, 3, 5, 7, 0x7fffffff);
const call = fc.constantFrom(1, 3, 5);
const flags = fc.oneof(fc.constantFrom(0, 1, 4, 5, 8, 0x20, 0x2d), fc.nat(255));
const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
const word = fc.oneof(fc.constantFrom(0, 1, 7, 8, 0x7fffffff, 0xffffffff), fc.nat())
  .map((value) => {
    const view = new DataView(new ArrayBuffer(4));
    view.setUint32(0, value);
    return new Uint8Array(view.buffer);
  });

/** Header blocks, valid and not valid. */
const headers = fc.oneof(
  fc.constantFrom(DEFINE, "/x/y", "").map(requestHeaders),
  fc.tuple(
    fc.constantFrom("grpc-timeout", "grpc-encoding", "a-bin", "X-Upper", ":path", "content-type"),
    fc.constantFrom("1n", "0S", "99999999H", "gzip", "!!!", ""),
  ).map(([name, value]) => concat(requestHeaders(DEFINE), literal(name, value))),
  fc.constantFrom("GET", "CONNECT", "OPTIONS").map((method) =>
    concat(literal(":method", method), literal(":scheme", "http"), literal(":path", "/"))
  ),
  bytes(60),
);

const message = fc.oneof(
  fc.constant(grpcMessage(goodRequest)),
  fc.nat(99).map((length) => grpcMessage(goodRequest).subarray(0, length)),
  bytes(300),
);

/** One frame: most are of a known type and nearly right. */
const anyFrame = fc.oneof(
  fc.tuple(fc.constantFrom(4, 5, 0x24), call, headers).map(([flags, stream, block]) =>
    frame(FRAME.headers, flags, stream, block)
  ),
  fc.tuple(fc.constantFrom(0, 1, 8), call, message).map(([flags, stream, data]) =>
    frame(FRAME.data, flags, stream, data)
  ),
  fc.tuple(fc.nat(1), fc.constantFrom(0, 1), fc.nat(8), word).map(([flags, stream, id, value]) =>
    frame(FRAME.settings, flags, stream, concat(Uint8Array.of(0, id), value))
  ),
  fc.tuple(fc.constantFrom(FRAME.reset, FRAME.windowUpdate), stream, word)
    .map(([type, stream, value]) => frame(type, 0, stream, value)),
  fc.tuple(fc.nat(11), flags, stream, bytes(40)).map(([type, flags, stream, payload]) =>
    frame(type, flags, stream, payload)
  ),
  bytes(40),
);

const connection = fc.record({
  greets: fc.constantFrom(true, true, true, false),
  frames: fc.array(anyFrame, { minLength: 1, maxLength: 12 }),
  atOnce: fc.boolean(),
  /** How long it stays after that, in milliseconds. */
  stays: fc.constantFrom(0, 0, 2, 10),
});

/** After any frames in any order, the next valid calls are answered. */
export async function anyFrames(socket: string): Promise<number> {
  const batches = await holds(
    fc.asyncProperty(
      fc.array(connection, { minLength: BATCH, maxLength: BATCH }),
      async (connections) => {
        await Promise.all(connections.map((one) => converse(socket, one)));
        await answersGoodCalls(socket);
      },
    ),
    Math.ceil(CASES / BATCH),
  );
  return batches * BATCH;
}

async function converse(
  socket: string,
  { greets, frames, atOnce, stays }: typeof connection extends fc.Arbitrary<infer T> ? T : never,
): Promise<void> {
  using client = await RawConnection.open(socket);
  const pieces = [...(greets ? opened : [PREFACE]), ...frames];
  if (atOnce) await client.send(...pieces);
  else for (const piece of pieces) await client.send(piece);
  if (stays > 0) await new Promise((resolve) => setTimeout(resolve, stays));
}
