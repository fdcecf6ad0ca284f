import assert from "node:assert/strict";
import { confinementReport } from "../support/confinement.ts";

Deno.test({
  name: "once it listens, the program can do nothing that a hook does not need",
  // What it tries is there on Linux.
  ignore: Deno.build.os !== "linux",
  fn: confined,
});

async function confined(test: Deno.TestContext): Promise<void> {
  const { before, withinHook, permissions } = await confinementReport();
  for (const [act, outcome] of Object.entries(withinHook)) {
    await test.step(`a hook cannot ${act}`, () => {
      assert.equal(
        before[act],
        "allowed",
        "It did not work before either, so that this proves nothing",
      );
      assert.equal(outcome, "NotCapable");
    });
  }
  for (const [name, state] of Object.entries(permissions)) {
    await test.step(`the permission ${name} is given up`, () => {
      assert.notEqual(state, "granted");
    });
  }
}
