import assert from "node:assert/strict";
import { type OptIn, optIn } from "../../../src/admission/opt_in.ts";
import type { JsonObject } from "../../../src/text/json.ts";

const LABEL = "eks-irsa-sidecar.github.io/inject";
const labelled = (value: unknown) => ({ metadata: { labels: { [LABEL]: value } } });
const OWNED = { metadata: { ownerReferences: [{ kind: "VirtualMachine" }] } };

/** A VMI, the label of its namespace, and the outcome. */
const CASES: readonly (readonly [string, JsonObject, string | undefined, OptIn])[] = [
  ["no label", OWNED, undefined, { kind: "not opted in" }],
  ["its own label", labelled("true"), undefined, {
    kind: "opted in",
    by: "VMI",
    identity: "web identity",
  }],
  ["its own label, for Pod Identity", labelled("pod-identity"), undefined, {
    kind: "opted in",
    by: "VMI",
    identity: "pod identity",
  }],
  ["its own label before the namespace's", labelled("false"), "true", {
    kind: "opted out",
    by: "VMI",
    value: "false",
  }],
  ["a label that is no text", labelled(true), "true", {
    kind: "unknown value",
    by: "VMI",
    value: "",
  }],
  ["the namespace's label", OWNED, "true", {
    kind: "opted in",
    by: "namespace",
    identity: "web identity",
  }],
  ["the namespace's label, without an owner", {}, "true", {
    kind: "no owner",
    identity: "web identity",
  }],
  ["a namespace that is opted out, without an owner", {}, "false", {
    kind: "opted out",
    by: "namespace",
    value: "false",
  }],
];

for (const [what, vmi, namespaceLabel, expected] of CASES) {
  Deno.test(`whether a VMI is opted in: ${what}`, () => {
    const labels = namespaceLabel === undefined ? undefined : { [LABEL]: namespaceLabel };
    assert.deepEqual(optIn(vmi, labels), expected);
  });
}
