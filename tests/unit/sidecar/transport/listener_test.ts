import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Server, type ServiceDefinition } from "@grpc/grpc-js";
import { listen } from "../../../../src/sidecar/transport/listener.ts";
import {
  concat,
  END_HEADERS,
  FRAME,
  frame,
  PREFACE,
  RawConnection,
  requestHeaders,
} from "../../../support/http2_frames.ts";

/** As many clients as may be connected at once. */
const LIMIT = 128;

const OPENED = concat(PREFACE, frame(FRAME.settings, 0, 0));
const HALF_A_CALL = frame(FRAME.headers, END_HEADERS, 1, requestHeaders("/a.Service/Method"));

interface Listening {
  readonly socket: string;
  readonly close: () => Promise<void>;
  /** How often nobody has been connected for a while. */
  readonly idleTimes: () => number;
}

/** A service whose calls are never asked to the end. */
const SERVICE: ServiceDefinition = {
  Method: {
    path: "/a.Service/Method",
    requestStream: false,
    responseStream: false,
    requestSerialize: Buffer.from,
    requestDeserialize: Buffer.from,
    responseSerialize: Buffer.from,
    responseDeserialize: Buffer.from,
  },
};

/** Listens while a test runs. */
async function listening(body: (listening: Listening) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "irsa-" });
  const socket = `${folder}/sidecar.sock`;
  const server = new Server();
  server.addService(SERVICE, { Method: () => {} });
  let idleTimes = 0;
  const listener = listen(server, socket, () => idleTimes++);
  let closing: Promise<void> | undefined;
  const close = () => closing ??= listener.close(100);
  try {
    await body({ socket, close, idleTimes: () => idleTimes });
  } finally {
    await close();
    server.forceShutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

/** A client that has been accepted. */
async function connect(socket: string, ...further: readonly Uint8Array[]): Promise<RawConnection> {
  const connection = await RawConnection.open(socket);
  await connection.send(OPENED, ...further);
  await connection.ping();
  return connection;
}

Deno.test("one client more than the limit takes the place of the one that is idle for the longest time", () =>
  listening(async ({ socket }) => {
    using busy = await connect(socket, HALF_A_CALL);
    using oldest = await connect(socket);
    using stack = new DisposableStack();
    const others: RawConnection[] = [];
    while (others.length < LIMIT - 2) others.push(stack.use(await connect(socket)));
    await oldest.ping();
    using last = await connect(socket);
    await oldest.until(({ closed }) => closed);
    await Promise.all([busy, ...others, last].map((connection) => connection.ping()));
  }));

Deno.test("the socket is removed when it is closed, and no client can connect then", () =>
  listening(async ({ socket, close }) => {
    await close();
    await assert.rejects(Deno.lstat(socket), Deno.errors.NotFound);
    await assert.rejects(RawConnection.open(socket), Deno.errors.NotFound);
  }));

Deno.test("nobody is connected: that is told once after the last client, and not before", () =>
  listening(async ({ socket, idleTimes }) => {
    const [one, other] = [await connect(socket), await connect(socket)];
    one[Symbol.dispose]();
    await other.ping();
    assert.equal(idleTimes(), 0);
    other[Symbol.dispose]();
    while (idleTimes() === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(idleTimes(), 1);
  }));
