import assert from "node:assert/strict";
import { FRAME, FrameFilter } from "../../../../src/sidecar/transport/frames.ts";
import { frame as encodedFrame } from "../../../support/http2_frames.ts";

const PREFACE = new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

function frame(type: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  return new Uint8Array([length >> 16, length >> 8, length, type, 0, 0, 0, 0, 1, ...payload]);
}

const join = (pieces: readonly Uint8Array[]) => pieces.flatMap((piece) => [...piece]);
const settings = frame(4, new Uint8Array());
const headers = frame(1, new Uint8Array(300).fill(7));
const goaway = frame(7, new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0]));
const longGoaway = frame(7, new Uint8Array(70_000).fill(1));

const STREAMS: readonly (readonly [string, readonly Uint8Array[], readonly Uint8Array[]])[] = [
  ["no GOAWAY", [PREFACE, settings, headers], [PREFACE, settings, headers]],
  ["a GOAWAY at the end", [PREFACE, settings, goaway], [PREFACE, settings]],
  ["a GOAWAY between frames", [PREFACE, goaway, headers], [PREFACE, headers]],
  ["two, one with debug data", [PREFACE, longGoaway, settings, goaway, headers], [
    PREFACE,
    settings,
    headers,
  ]],
  ["its bytes within another frame", [PREFACE, frame(0, goaway)], [PREFACE, frame(0, goaway)]],
  ["an unfinished frame", [PREFACE, headers.subarray(0, 40)], [PREFACE, headers.subarray(0, 40)]],
];

/** A filter of GOAWAY, and the types of the frames that it was told of. */
function goawayFilter() {
  const types: number[] = [];
  const filter = new FrameFilter(PREFACE.length, ({ type }) => {
    types.push(type);
    return type !== FRAME.goaway;
  });
  return { filter, types };
}

for (const [situation, sent, received] of STREAMS) {
  for (const size of [1, 2, 9, 23, 1 << 20]) {
    Deno.test(`GOAWAY is taken out of a stream in chunks of ${size}: ${situation}`, () => {
      const bytes = new Uint8Array(join(sent));
      const { filter, types } = goawayFilter();
      const passed: number[] = [];
      for (let start = 0; start < bytes.length; start += size) {
        for (const piece of filter.pass(bytes.subarray(start, start + size))) {
          assert.ok(piece.length > 0);
          passed.push(...piece);
        }
      }
      assert.deepEqual(passed, join(received));
      assert.deepEqual(types, sent.slice(1).map(([, , , type]) => type));
    });
  }
}

Deno.test("each frame goes on by itself, and is not cut without need", () => {
  const { filter } = goawayFilter();
  const pieces = filter.pass(new Uint8Array(join([PREFACE, settings, headers, goaway, headers])));
  assert.deepEqual(
    pieces.map(({ length }) => length),
    [PREFACE.length, settings.length, headers.length, headers.length],
  );
});

Deno.test("a frame is told of with its flags and its stream, without the reserved bit", () => {
  const sent = { type: FRAME.data, flags: 0x9, stream: 0x7fff_fffd };
  const bytes = encodedFrame(sent.type, sent.flags, sent.stream, new Uint8Array(70_000));
  bytes[5] = 0xff;
  const told: unknown[] = [];
  new FrameFilter(0, (header) => told.push(header) > 0).pass(bytes);
  assert.deepEqual(told, [sent]);
});
