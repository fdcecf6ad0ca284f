import assert from "node:assert/strict";
import { FRAME, FrameSplitter, PREFACE_LENGTH } from "../../src/hooks/frames.ts";

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

for (const [situation, sent, received] of STREAMS) {
  for (const size of [1, 2, 9, 23, 1 << 20]) {
    Deno.test(`GOAWAY is taken out of a stream in chunks of ${size}: ${situation}`, () => {
      const bytes = new Uint8Array(join(sent));
      const splitter = new FrameSplitter(PREFACE_LENGTH);
      const passed: number[] = [];
      for (let start = 0; start < bytes.length; start += size) {
        for (const { frame, bytes: piece } of splitter.split(bytes.subarray(start, start + size))) {
          if (frame?.type !== FRAME.goaway) passed.push(...piece);
        }
      }
      assert.deepEqual(passed, join(received));
    });
  }
}
