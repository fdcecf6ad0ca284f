import assert from "node:assert/strict";
import { nearest } from "../../../src/cli/nearest.ts";

/** A word with typing mistakes, the words to choose from, and the one that was meant. */
const TYPED: readonly (readonly [string, readonly string[], string | undefined])[] = [
  ["chekc", ["serve", "check"], "check"],
  ["chek", ["check", "cheek"], "check"],
  ["chec", ["serve"], undefined],
  ["heip", ["help"], "help"],
  ["hexx", ["help"], undefined],
  ["", ["help"], undefined],
  ["--mount-pat", ["--mount-path", "--mount-tag"], "--mount-path"],
  ["--x", ["--os"], undefined],
];

for (const [typed, words, meant] of TYPED) {
  Deno.test(`${JSON.stringify(typed)} is nearest to ${meant ?? "none"} of ${words.join(", ")}`, () => {
    assert.equal(nearest(typed, words), meant);
  });
}
