import assert from "node:assert/strict";
import { kubevirt, spec } from "./check_case.ts";
import { all, type Edit } from "./edit.ts";
import { findingsOf } from "./findings.ts";

const updates = kubevirt((kv) =>
  kv.spec.workloadUpdateStrategy = { workloadUpdateMethods: ["Evict", "LiveMigrate"] }
);
const strategy = (name: string) => spec((s) => s.evictionStrategy = name);

/** Who may be migrated, and the fix. */
const MIGRATIONS: readonly (readonly [string, Edit, RegExp | undefined])[] = [
  [
    "by strategy",
    strategy("LiveMigrate"),
    /the drain of a node .*; virtctl migrate still migrates it\.$/,
  ],
  [
    "by strategy and updates",
    all(strategy("LiveMigrate"), updates),
    /workloadUpdateMethods\) still/,
  ],
  ["by updates alone", updates, /evictionStrategy does not keep the VM from it/],
  ["by updates, against None", all(strategy("None"), updates), /does not keep the VM from it/],
  ["by nobody", strategy("None"), undefined],
  ["by somebody else", strategy("External"), undefined],
];

for (const [who, edit, fix] of MIGRATIONS) {
  Deno.test(`a VM that is migrated ${who}`, () => {
    const found = findingsOf(edit);
    assert.deepEqual(found.map(({ code }) => code), fix === undefined ? [] : ["live-migration"]);
    assert.match(found[0]?.fix ?? "", fix ?? /^$/);
  });
}
