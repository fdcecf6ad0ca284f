import { clearTimeout, setTimeout } from "node:timers";

/** How long no client may have been there before memory is collected, in milliseconds. */
const QUIET = 1_000;

/** What V8 has behind its flag `--expose-gc` (v8/v8 src/extensions/gc-extension.cc). */
interface WithCollector {
  readonly gc?: (options: { readonly type: "major"; readonly flavor: "last-resort" }) => void;
}

/**
 * Collects the garbage when nobody is asking for anything. A sidecar works for some milliseconds and then
 * waits for as long as the VM runs; left alone, V8 would keep what those milliseconds took until it needs
 * more. Without V8's flag this does nothing.
 */
export class IdleCollection {
  // The global object's type does not know of flags.
  readonly #gc = (globalThis as WithCollector).gc;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** A client has come: this is not the time. */
  busy(): void {
    clearTimeout(this.#timer);
  }

  /** The last client has gone. */
  idle(): void {
    const gc = this.#gc;
    if (gc === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => gc({ type: "major", flavor: "last-resort" }), QUIET);
    // The process need not live on for this.
    this.#timer.unref();
  }
}
