/** Lines that may wait for whoever reads the log; what comes beyond them is dropped. */
const LONGEST_QUEUE = 1_000;

/** Where the log goes: `Deno.stderr`, for one. */
export interface LogSink {
  write(bytes: Uint8Array): Promise<number>;
}

/** Writes lines one after the other without ever making its caller wait. */
export class LogWriter {
  readonly #encoder = new TextEncoder();
  readonly #queue: string[] = [];
  readonly #sink: LogSink;
  #writing: Promise<void> | undefined;

  constructor(sink: LogSink) {
    this.#sink = sink;
  }

  /** Takes one line, with its line break. */
  write(line: string): void {
    if (this.#queue.length >= LONGEST_QUEUE) return;
    this.#queue.push(line);
    this.#writing ??= this.#drain();
  }

  /** Waits until all is written, but no longer than a time in milliseconds. */
  async flush(time: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, time);
    await Promise.race([this.#writing, promise]);
    clearTimeout(timer);
  }

  async #drain(): Promise<void> {
    for (let line = this.#queue.shift(); line !== undefined; line = this.#queue.shift()) {
      const bytes = this.#encoder.encode(line);
      try {
        for (let sent = 0; sent < bytes.length;) {
          sent += await this.#sink.write(bytes.subarray(sent));
        }
      } catch {
        // Nobody reads the log any more: the VM starts nevertheless.
      }
    }
    this.#writing = undefined;
  }
}
