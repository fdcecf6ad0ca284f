import {
  ACK,
  concat,
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  grpcMessage,
  literal,
  PREFACE,
  requestHeaders,
} from "../../support/http2_frames.ts";
import { bytesField, DOMAIN, hookPath, VMI } from "../calls.ts";

const encoder = new TextEncoder();
const SETTINGS = frame(FRAME.settings, 0, 0);
/** The path that is called. */
export const DEFINE = hookPath("OnDefineDomain");
/** A valid request. */
export const goodRequest = concat(bytesField(1, DOMAIN), bytesField(2, JSON.stringify(VMI)));

/** The headers of a call, in one frame. */
export const headersOf = (path: string, flags = END_HEADERS) =>
  frame(FRAME.headers, flags, 1, requestHeaders(path));
/** The start of every connection. */
export const opened = [PREFACE, SETTINGS] as const;

/** A call that is refused at once, and a frame that HTTP/2 does not allow: found by any_frames.ts. */
const AFTER_A_REFUSAL = Object.fromEntries(
  Object.entries({
    "an unknown path": requestHeaders("/x/y"),
    "no content-type": concat(
      literal(":method", "POST"),
      literal(":scheme", "http"),
      literal(":path", DEFINE),
    ),
  }).flatMap(([call, block]) => {
    const begun = [...opened, frame(FRAME.headers, END_HEADERS, 1, block)];
    return [
      [`${call}, then settings of odd length`, [
        ...begun,
        frame(FRAME.settings, 0, 0, new Uint8Array(5)),
      ]],
      [`${call}, then a window that does not grow`, [
        ...begun,
        frame(FRAME.windowUpdate, 0, 1, new Uint8Array(4)),
      ]],
    ];
  }),
);

/** What clients send on a connection, one entry for each. */
export const GARBAGE: Readonly<Record<string, readonly Uint8Array[]>> = {
  "nothing": [],
  "HTTP/1.1": [encoder.encode("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n")],
  "TLS": [Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3)],
  "random bytes": [crypto.getRandomValues(new Uint8Array(65536))],
  "half of the preface": [PREFACE.subarray(0, 12)],
  "the preface and random bytes": [PREFACE, crypto.getRandomValues(new Uint8Array(65536))],
  "a frame longer than allowed": [...opened, frame(FRAME.data, 0, 1, new Uint8Array(20_000))],
  "data of a stream that is not open": [
    ...opened,
    frame(FRAME.data, END_STREAM, 7, new Uint8Array(5)),
  ],
  "a stream of an even number": [
    ...opened,
    frame(FRAME.headers, END_HEADERS, 2, requestHeaders(DEFINE)),
  ],
  "headers that are no HPACK": [
    ...opened,
    frame(FRAME.headers, END_HEADERS, 1, new Uint8Array(100).fill(0xff)),
  ],
  "headers without an end, then others": [...opened, headersOf(DEFINE, 0), headersOf(DEFINE)],
  "continuations without an end": [
    ...opened,
    headersOf(DEFINE, 0),
    ...Array.from(
      { length: 200 },
      () => frame(FRAME.continuation, 0, 1, literal("x", "y".repeat(100))),
    ),
  ],
  "a settings frame of odd length": [PREFACE, frame(FRAME.settings, 0, 0, new Uint8Array(5))],
  "1,000 pings": [
    ...opened,
    ...Array.from({ length: 1000 }, () => frame(FRAME.ping, 0, 0, new Uint8Array(8))),
  ],
  "an ACK of a ping that was not sent": [
    ...opened,
    frame(FRAME.ping, ACK, 0, new Uint8Array(8)),
  ],
  "1,000 settings": [...opened, ...Array.from({ length: 1000 }, () => SETTINGS)],
  "1,000 streams opened and reset": [
    ...opened,
    ...Array.from({ length: 1000 }, (_, index) =>
      concat(
        frame(FRAME.headers, END_HEADERS, index * 2 + 1, requestHeaders(DEFINE)),
        frame(FRAME.reset, 0, index * 2 + 1, new Uint8Array(4)),
      )),
  ],
  "a call that ends before its message": [...opened, headersOf(DEFINE, END_HEADERS | END_STREAM)],
  "a message shorter than its length": [
    ...opened,
    headersOf(DEFINE),
    frame(FRAME.data, END_STREAM, 1, grpcMessage(new Uint8Array(10), 1000)),
  ],
  "a message of 4 GiB, it says": [
    ...opened,
    headersOf(DEFINE),
    frame(FRAME.data, 0, 1, grpcMessage(new Uint8Array(10), 0xffffffff)),
  ],
  "two messages in a unary call": [
    ...opened,
    headersOf(DEFINE),
    frame(FRAME.data, END_STREAM, 1, concat(grpcMessage(goodRequest), grpcMessage(goodRequest))),
  ],
  "a compressed message without a compression": [
    ...opened,
    headersOf(DEFINE),
    frame(FRAME.data, END_STREAM, 1, grpcMessage(goodRequest, goodRequest.length, 1)),
  ],
  ...AFTER_A_REFUSAL,
  "the end of the connection at once": [...opened, frame(FRAME.goAway, 0, 0, new Uint8Array(8))],
};
