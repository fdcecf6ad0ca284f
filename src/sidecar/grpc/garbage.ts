/** The function that V8's flag `--expose-gc` adds to the global object (v8/v8 src/extensions/gc-extension.cc). */
interface WithCollector {
  readonly gc?: (options: { readonly type: "major"; readonly flavor: "last-resort" }) => void;
}

/**
 * Collects all garbage, which takes some ten milliseconds. Without V8's flag `--expose-gc` it does nothing.
 *
 * V8 does not know when a collection pays: after each step of a large request, whose buffers are outside of V8's
 * heap and hardly count for its own schedule, and before the sidecar is idle for a long time.
 */
export function collectGarbage(): void {
  // The type of the global object does not have what flags add.
  (globalThis as WithCollector).gc?.({ type: "major", flavor: "last-resort" });
}
