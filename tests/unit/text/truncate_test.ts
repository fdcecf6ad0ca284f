import assert from "node:assert/strict";
import { truncate } from "../../../src/text/truncate.ts";

Deno.test("a text of up to 100 characters is not changed", () => {
  assert.equal(truncate("x".repeat(100)), "x".repeat(100));
});

Deno.test("a longer text is cut, and ends in an ellipsis", () => {
  assert.equal(truncate("x".repeat(101)), "x".repeat(100) + "…");
});

Deno.test("a character that is cut in two leaves no half of it", () => {
  assert.equal(truncate("x".repeat(99) + "😀 and more"), "x".repeat(99) + "\uFFFD…");
});
