import assert from "node:assert/strict";
import { maySelect, namespaceLabels } from "../../../../src/operator/manifest/labels.ts";
import type { JsonObject } from "../../../../src/text/json.ts";
import { manifestsOf } from "./manifests.ts";

/** Selectors, and whether they select an object with the labels a=1 and b=2, and none beside these. */
const SELECTORS: readonly (readonly [JsonObject | undefined, boolean])[] = [
  [undefined, true],
  [{}, true],
  [{ matchLabels: { a: "1" } }, true],
  [{ matchLabels: { a: "2" } }, false],
  [{ matchLabels: { a: "1", c: "1" } }, false],
  [{ matchExpressions: [{ key: "a", operator: "In", values: ["1", "2"] }] }, true],
  [{ matchExpressions: [{ key: "a", operator: "In", values: ["2"] }] }, false],
  [{ matchExpressions: [{ key: "a", operator: "In" }] }, false],
  [{ matchExpressions: [{ key: "c", operator: "In", values: ["1"] }] }, false],
  [{ matchExpressions: [{ key: "a", operator: "NotIn", values: ["1"] }] }, false],
  [{ matchExpressions: [{ key: "a", operator: "NotIn", values: ["2"] }] }, true],
  [{ matchExpressions: [{ key: "c", operator: "NotIn", values: ["1"] }] }, true],
  [{ matchExpressions: [{ key: "a", operator: "Exists" }] }, true],
  [{ matchExpressions: [{ key: "c", operator: "Exists" }] }, false],
  [{ matchExpressions: [{ key: "a", operator: "DoesNotExist" }] }, false],
  [{ matchExpressions: [{ key: "c", operator: "DoesNotExist" }] }, true],
  [{ matchExpressions: [{ key: "a", operator: "Near", values: ["2"] }] }, true],
  [{ matchLabels: { a: "1" }, matchExpressions: [{ key: "b", operator: "Exists" }] }, true],
  [{ matchLabels: { a: "1" }, matchExpressions: [{ key: "c", operator: "Exists" }] }, false],
  [{ matchLabels: { a: "2" }, matchExpressions: [{ key: "b", operator: "Exists" }] }, false],
];

for (const [selector, isSelected] of SELECTORS) {
  Deno.test(`${JSON.stringify(selector)} selects the labels a=1 and b=2: ${isSelected}`, () => {
    const labels = new Map([["a", "1"], ["b", "2"]]);
    assert.equal(maySelect(selector, { labels, mayHave: () => false }), isSelected);
  });
}

Deno.test("a label that is not known may be there", () => {
  const known = { labels: new Map([["a", "1"]]), mayHave: (key: string) => key === "c" };
  assert.ok(maySelect({ matchLabels: { a: "1", c: "3" } }, known));
  assert.ok(!maySelect({ matchLabels: { a: "2", c: "3" } }, known), "a is known");
  assert.ok(!maySelect({ matchLabels: { b: "1" } }, known), "b is known to be absent");
});

Deno.test("of a namespace that was not given the name alone is known", () => {
  const manifests = manifestsOf(
    { kind: "Namespace", metadata: { name: "team", labels: { a: "1", b: 2 } } },
  );
  const name = "kubernetes.io/metadata.name";
  const of = (namespace: string | undefined) => {
    const { labels, mayHave } = namespaceLabels(manifests, namespace);
    return [Object.fromEntries(labels), mayHave("x")];
  };
  assert.deepEqual(of("team"), [{ a: "1", [name]: "team" }, false]);
  assert.deepEqual(of("other"), [{ [name]: "other" }, true]);
  assert.deepEqual(of(undefined), [{}, true]);
});
