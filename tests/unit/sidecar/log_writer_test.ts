import assert from "node:assert/strict";
import { type LogSink, LogWriter } from "../../../src/sidecar/log_writer.ts";

/** Long enough for everything that is not held back. */
const TIMEOUT_MS = 10_000;

/** A sink that takes so many bytes at once, and nothing before it is opened. */
class Sink implements LogSink {
  text = "";
  readonly #mostBytes: number;
  readonly #opened = Promise.withResolvers<void>();

  constructor({ mostBytes = Infinity, isOpen = true } = {}) {
    this.#mostBytes = mostBytes;
    if (isOpen) this.open();
  }

  open(): void {
    this.#opened.resolve();
  }

  async write(bytes: Uint8Array): Promise<number> {
    await this.#opened.promise;
    const taken = bytes.subarray(0, this.#mostBytes);
    this.text += new TextDecoder().decode(taken);
    return taken.length;
  }
}

Deno.test("lines are written whole and in their order, however few bytes are taken at once", async () => {
  const sink = new Sink({ mostBytes: 3 });
  const writer = new LogWriter(sink);
  for (const line of ["first\n", "second\n", "third\n"]) writer.write(line);
  await writer.flush(TIMEOUT_MS);
  assert.equal(sink.text, "first\nsecond\nthird\n");
});

Deno.test("a line that comes when all are written is written too", async () => {
  const sink = new Sink();
  const writer = new LogWriter(sink);
  writer.write("first\n");
  await writer.flush(TIMEOUT_MS);
  writer.write("second\n");
  await writer.flush(TIMEOUT_MS);
  assert.equal(sink.text, "first\nsecond\n");
});

Deno.test("while nobody reads, 1,000 lines wait behind the one being written, and the rest is dropped", async () => {
  const sink = new Sink({ isOpen: false });
  const writer = new LogWriter(sink);
  for (let number = 0; number < 5_000; number++) writer.write(`${number}\n`);
  sink.open();
  await writer.flush(TIMEOUT_MS);
  assert.deepEqual(
    sink.text.trimEnd().split("\n"),
    Array.from({ length: 1_001 }, (_, n) => `${n}`),
  );
});

Deno.test("flush waits no longer than it may", async () => {
  const sink = new Sink({ isOpen: false });
  const writer = new LogWriter(sink);
  writer.write("stuck\n");
  await writer.flush(1);
  assert.equal(sink.text, "");
  sink.open();
  await writer.flush(TIMEOUT_MS);
});

Deno.test("a sink that fails loses its line and nothing else", async () => {
  const sink = new Sink();
  let failures = 0;
  const writer = new LogWriter({
    write(bytes) {
      if (failures++ === 0) return Promise.reject(new Deno.errors.BrokenPipe());
      return sink.write(bytes);
    },
  });
  writer.write("first\n");
  writer.write("second\n");
  await writer.flush(TIMEOUT_MS);
  assert.equal(sink.text, "second\n");
});

Deno.test("without a line there is nothing to wait for", async () => {
  await new LogWriter(new Sink()).flush(TIMEOUT_MS);
});
