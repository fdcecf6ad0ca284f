/** How many lines may wait until the log is read. Further lines are dropped. */
const MAX_QUEUED_LINES = 1_000;

/** Where the log goes, for example `Deno.stderr`. */
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
    if (this.#queue.length >= MAX_QUEUED_LINES) return;
    this.#queue.push(line);
    this.#writing ??= this.#drain();
  }

  /** Waits until all lines are written, but no longer than `timeoutMs` milliseconds. */
  async flush(timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeoutMs);
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
        // Nobody reads the log any more. The VM starts nevertheless.
      }
    }
    this.#writing = undefined;
  }
}
