import assert from "node:assert/strict";
import { collectGarbage } from "../../../../src/sidecar/grpc/garbage.ts";

Deno.test("all garbage is collected: by V8's own function, in the way that gives the most memory back", () => {
  const asked: unknown[] = [];
  Object.assign(globalThis, { gc: (options: unknown) => asked.push(options) });
  try {
    collectGarbage();
  } finally {
    Reflect.deleteProperty(globalThis, "gc");
  }
  assert.deepEqual(asked, [{ type: "major", flavor: "last-resort" }]);
});

Deno.test("without V8's flag --expose-gc, nothing is done", () => {
  assert.equal("gc" in globalThis, false);
  collectGarbage();
});
