/** What V8 has behind its flag `--expose-gc` (v8/v8 src/extensions/gc-extension.cc). */
interface WithCollector {
  readonly gc?: (options: { readonly type: "major"; readonly flavor: "last-resort" }) => void;
}

/**
 * Collects all garbage now, which takes some ten milliseconds. Without V8's flag this does nothing.
 *
 * The sidecar knows moments that V8 does not: when a large request has arrived, was decided on or was
 * answered, and its buffers, which V8 hardly counts, are garbage; and when nobody will ask for anything for
 * a long time.
 */
export function collectGarbage(): void {
  // The global object's type does not know of flags.
  (globalThis as WithCollector).gc?.({ type: "major", flavor: "last-resort" });
}
