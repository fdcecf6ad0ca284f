import { clearTimeout, setTimeout } from "node:timers";

/** How long no client may have been there before memory is collected, in milliseconds. */
const QUIET = 1_000;

/** What V8 has behind its flag `--expose-gc` (v8/v8 src/extensions/gc-extension.cc). */
interface WithCollector {
  readonly gc?: (options: { readonly type: "major"; readonly flavor: "last-resort" }) => void;
}

/**
 * Collects all garbage now, which takes some ten milliseconds. Without V8's flag this does nothing.
 *
 * The sidecar knows two moments that V8 does not: when a large request has arrived or was answered, and its
 * buffers, which V8 hardly counts, are garbage; and when nobody will ask for anything for a long time.
 */
export function collectGarbage(): void {
  // The global object's type does not know of flags.
  (globalThis as WithCollector).gc?.({ type: "major", flavor: "last-resort" });
}

/**
 * Collects the garbage when nobody is asking for anything. A sidecar works for some milliseconds and then
 * waits for as long as the VM runs; left alone, V8 would keep what those milliseconds took until it needs
 * more.
 */
export class IdleCollection {
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** A client has come: this is not the time. */
  busy(): void {
    clearTimeout(this.#timer);
  }

  /** The last client has gone. */
  idle(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(collectGarbage, QUIET);
    // The process need not live on for this.
    this.#timer.unref();
  }
}
