import assert from "node:assert/strict";
import { kubevirt, spec } from "./check_case.ts";
import { all, type Edit, template } from "./edit.ts";
import { findingsOf } from "./findings.ts";

const updates = kubevirt((kv) =>
  kv.spec.workloadUpdateStrategy = { workloadUpdateMethods: ["Evict", "LiveMigrate"] }
);
const strategy = (name: string) => spec((s) => s.evictionStrategy = name);
const bridge = spec((s) => {
  s.networks = [{ name: "other", multus: {} }, { name: "default", pod: {} }];
  s.domain.devices.interfaces = [{ name: "default", bridge: {} }];
});

/** Who may be migrated, and the mend. */
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
  ["on a bridge", all(strategy("LiveMigrate"), bridge), undefined],
  [
    "on a bridge that may",
    all(updates, bridge, (fixture) => {
      template(fixture).metadata
        .annotations["kubevirt.io/allow-pod-bridge-network-live-migration"] = "";
    }),
    /does not keep/,
  ],
  [
    "with a host's device",
    all(updates, spec((s) => s.domain.devices.hostDevices = [{ name: "card" }])),
    undefined,
  ],
  ["with SEV", all(updates, spec((s) => s.domain.launchSecurity = { sev: {} })), undefined],
];

for (const [who, edit, mend] of MIGRATIONS) {
  Deno.test(`a VM that is migrated ${who}`, () => {
    const found = findingsOf(edit);
    assert.deepEqual(found.map(({ code }) => code), mend === undefined ? [] : ["live-migration"]);
    assert.match(found[0]?.mend ?? "", mend ?? /^$/);
  });
}
