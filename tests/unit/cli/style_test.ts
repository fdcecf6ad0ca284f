import assert from "node:assert/strict";
import { styleFor } from "../../../src/cli/style.ts";

Deno.test("colour is for terminals that have it, and never with NO_COLOR", () => {
  assert.equal(styleFor(true, {}).bad("x"), "\x1b[31mx\x1b[39m");
  assert.equal(styleFor(true, { NO_COLOR: "", TERM: "xterm" }).bad("x"), "\x1b[31mx\x1b[39m");
  assert.equal(styleFor(true, { NO_COLOR: "1" }).bad("x"), "x");
  assert.equal(styleFor(true, { TERM: "dumb" }).bad("x"), "x");
  assert.equal(styleFor(false, {}).bad("x"), "x");
});
