import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import {
  ClientConnection,
  type Transport,
} from "../../../../src/sidecar/transport/client_connection.ts";
import { CONNECTION_PREFACE, FLAG, FRAME } from "../../../../src/sidecar/transport/frames.ts";
import { frame } from "../../../support/http2_frames.ts";

const none = new Uint8Array();
const preface = new TextEncoder().encode(CONNECTION_PREFACE);
const headers = frame(FRAME.headers, FLAG.endStream, 1, none);
const half = frame(FRAME.headers, 0, 1, none);
const data = frame(FRAME.data, FLAG.endStream, 1, none);
const rst = frame(FRAME.rstStream, 0, 1, new Uint8Array(4));
const window = frame(8, FLAG.endStream, 1, Uint8Array.of(0, 0, 0, 1));
const ping = frame(FRAME.ping, 0, 0, new Uint8Array(8));
const pingAck = frame(FRAME.ping, FLAG.ack, 0, new Uint8Array(8));
const goaway = frame(FRAME.goaway, 0, 0, new Uint8Array(8));
const trailers = frame(FRAME.headers, FLAG.endStream, 1, none);

/** A client that sends some chunks, then nothing more until it is told to. */
class Client implements Transport {
  readonly written: number[] = [];
  readonly #chunks: Uint8Array[];
  #next = Promise.withResolvers<Uint8Array | null>();
  reads = 0;
  isClosed = false;
  /** What the client takes of each write, and when. */
  accept: (length: number) => Promise<number> = (length) => Promise.resolve(length);

  constructor(...chunks: readonly Uint8Array[]) {
    this.#chunks = [...chunks];
  }

  async read(into: Uint8Array): Promise<number | null> {
    this.reads++;
    const chunk = this.#chunks.shift() ?? await this.#next.promise;
    if (chunk === null) return null;
    into.set(chunk);
    return chunk.length;
  }

  async write(bytes: Uint8Array): Promise<number> {
    const taken = await this.accept(bytes.length);
    this.written.push(...bytes.subarray(0, taken));
    return taken;
  }

  /** One more chunk, after those that it has sent. */
  send(chunk: Uint8Array): void {
    const { resolve } = this.#next;
    this.#next = Promise.withResolvers();
    resolve(chunk);
  }

  /** The client closes its own direction. */
  leave(): void {
    this.#next.resolve(null);
  }

  close(): void {
    this.isClosed = true;
  }
}

/** A connection as HTTP/2 uses it, and what it has been passed. */
function connectionOf(client: Client) {
  const connection = new ClientConnection(client);
  const passed: number[] = [];
  connection.on("data", (chunk: Uint8Array) => passed.push(...chunk));
  return { connection, passed };
}

/** The next turn of the event loop: everything that can happen in memory has happened before it. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

Deno.test("a client that sends GOAWAY without a call in flight is disconnected, unanswered", async () => {
  const client = new Client(preface, new Uint8Array([...ping, ...goaway]));
  const { connection, passed } = connectionOf(client);
  await settled();
  assert.deepEqual(passed, [...preface]);
  assert(client.isClosed);
  assert.equal(connection.write(ping), false);
  await settled();
  assert.deepEqual(client.written, []);
});

Deno.test("a client that sends GOAWAY in the middle of a call gets its answer", async () => {
  const client = new Client(preface, headers, goaway);
  const { connection, passed } = connectionOf(client);
  await settled();
  assert.deepEqual(passed, [...preface, ...headers]);
  assert(!client.isClosed && !connection.isIdle);
  connection.write(trailers);
  await connection.idle();
  assert.deepEqual(client.written, [...trailers]);
  client.leave();
  await settled();
  assert(client.isClosed);
});

Deno.test("an ACK of a PING is not passed on, for no PING is sent", async () => {
  const client = new Client(preface, new Uint8Array([...pingAck, ...ping, ...pingAck, ...headers]));
  const { passed } = connectionOf(client);
  await settled();
  assert.deepEqual(passed, [...preface, ...ping, ...headers]);
  assert(!client.isClosed);
  client.leave();
});

for (const [what, frames] of [["headers", [headers]], ["data", [half, data]]] as const) {
  Deno.test(`a client that closes its own direction alone gets its answer: after its ${what}`, async () => {
    const client = new Client(preface, ...frames);
    const { connection } = connectionOf(client);
    client.leave();
    await settled();
    assert(!client.isClosed);
    connection.write(trailers);
    await settled();
    assert.deepEqual(client.written, [...trailers]);
    assert(client.isClosed);
  });
}

for (
  const [what, frames] of [
    ["was not asked to the end", [half]],
    ["was taken back", [headers, rst]],
    // On frames of other types the bit means nothing (RFC 9113, section 4.1).
    ["was not asked to the end, with its bit on another frame", [half, window]],
  ] as const
) {
  Deno.test(`a call that ${what} keeps nobody's connection open`, async () => {
    const client = new Client(preface, ...frames);
    const { connection } = connectionOf(client);
    await settled();
    client.leave();
    await settled();
    assert(connection.isIdle && client.isClosed);
  });
}

for (const [what, answer] of [["trailers", trailers], ["a refusal", rst]] as const) {
  Deno.test(`a call is over with ${what}, whatever else comes on its stream`, async () => {
    const client = new Client(preface, headers);
    const { connection } = connectionOf(client);
    await settled();
    assert(!connection.isIdle);
    connection.write(answer);
    await settled();
    assert(connection.isIdle);
    client.send(headers);
    await settled();
    assert(connection.isIdle);
    client.leave();
    await settled();
  });
}

Deno.test("a call is in flight until the last frame of its answer is sent", async () => {
  const client = new Client(preface, headers);
  const { connection } = connectionOf(client);
  await settled();
  connection.write(frame(FRAME.headers, 0, 1, none));
  connection.write(frame(FRAME.data, 0, 1, none));
  await settled();
  assert(!connection.isIdle);
  connection.write(trailers);
  await settled();
  assert(connection.isIdle);
  client.leave();
  await settled();
});

Deno.test("who waits for the calls in flight waits for the last of them", async () => {
  const client = new Client(preface, headers, frame(FRAME.headers, FLAG.endStream, 3, none));
  const { connection } = connectionOf(client);
  await settled();
  let isOver = false;
  void connection.idle().then(() => isOver = true);
  connection.write(trailers);
  await settled();
  assert(!isOver);
  connection.write(frame(FRAME.headers, FLAG.endStream, 3, none));
  await settled();
  assert(isOver);
  client.leave();
  await settled();
});

Deno.test("what is passed on stays as it was when more is read", async () => {
  const frames = ["one", "two"].map((text) =>
    frame(FRAME.data, 0, 1, new TextEncoder().encode(text))
  );
  const client = new Client(preface, ...frames);
  const connection = new ClientConnection(client);
  const chunks: Uint8Array[] = [];
  connection.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  await settled();
  assert.deepEqual(
    chunks.flatMap((chunk) => [...chunk]),
    [preface, ...frames].flatMap((f) => [...f]),
  );
  client.leave();
  await settled();
});

Deno.test("what is being written to a client that closes is written to the end", async () => {
  const client = new Client(preface);
  client.accept = async () => {
    await settled();
    return 1;
  };
  const { connection } = connectionOf(client);
  connection.write(trailers);
  client.leave();
  await new Promise((resolve) => connection.once("close", resolve));
  assert.deepEqual(client.written, [...trailers]);
});

Deno.test("the end of what is written is told when all of it is sent", async () => {
  const client = new Client(preface);
  const sent = Promise.withResolvers<number>();
  client.accept = () => sent.promise;
  const { connection } = connectionOf(client);
  let isFinished = false;
  connection.once("finish", () => isFinished = true);
  connection.write(trailers);
  connection.end();
  await settled();
  assert(!isFinished);
  sent.resolve(trailers.length);
  await settled();
  assert(isFinished);
  client.leave();
  await settled();
});

Deno.test("what is written in one turn is sent at once, and every byte of it", async () => {
  const client = new Client(preface);
  const lengths: number[] = [];
  client.accept = (length) => {
    lengths.push(length);
    return Promise.resolve(Math.min(length, 10));
  };
  const { connection } = connectionOf(client);
  assert(connection.write(headers));
  assert(connection.write(trailers));
  await settled();
  assert.deepEqual(client.written, [...headers, ...trailers]);
  assert.deepEqual(lengths, [18, 8]);
  client.leave();
  await settled();
});

Deno.test("a client that reads nothing is read no more, until it does", async () => {
  const pings = Array.from({ length: 1_000 }, () => ping);
  const client = new Client(preface, ...pings);
  const stuck = Promise.withResolvers<void>();
  client.accept = async (length) => {
    await stuck.promise;
    return length;
  };
  const { connection } = connectionOf(client);
  connection.on("data", () => connection.write(ping));
  await settled();
  // What answers one chunk is being sent, and a hundred answers and one more wait.
  assert.equal(client.reads, 102);
  stuck.resolve();
  await settled();
  assert.equal(client.written.length, (1 + pings.length) * ping.length);
  client.leave();
  await settled();
});

Deno.test("a connection that breaks ends without an error, and nobody waits for its calls", async () => {
  const client = new Client(preface, headers);
  client.accept = () => Promise.reject(new Deno.errors.BrokenPipe());
  const { connection } = connectionOf(client);
  await settled();
  const idle = connection.idle();
  connection.write(trailers);
  await idle;
  assert(client.isClosed && connection.destroyed);
});
