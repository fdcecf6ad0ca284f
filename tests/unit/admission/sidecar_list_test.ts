import assert from "node:assert/strict";
import { withSidecar } from "../../../src/admission/sidecar_list.ts";

const ADDED: readonly (readonly [string | undefined, string])[] = [
  [undefined, "[ours]"],
  ["", "[ours]"],
  [" null\n", "[ours]"],
  ["[ ]", "[ours]"],
  ['[{"image": "a"}]', '[{"image": "a"}, ours]'],
  [' [{"image": "a"} ] ', '[{"image": "a"}, ours]'],
  ['[{"args": ["irsa-sidecar"]}]', '[{"args": ["irsa-sidecar"]}, ours]'],
  ['[{"image": "irsa-sidecar/other"}]', '[{"image": "irsa-sidecar/other"}, ours]'],
  ['[{"image": "a:irsa-sidecar"}]', '[{"image": "a:irsa-sidecar"}, ours]'],
];

for (const [text, expected] of ADDED) {
  Deno.test(`our sidecar is added to ${text}`, () => {
    assert.equal(withSidecar(text, "ours"), expected);
  });
}

for (
  const image of [
    '"image": "eks-irsa-sidecar"',
    '"IMAGE"\n:\t\t"eks-irsa-sidecar-arm64"',
    '"image":"registry.example:5000/team/my-irsa-sidecar:1"',
    '"image":"irsa-sidecar@sha256:0123"',
  ]
) {
  Deno.test(`our sidecar is there already: ${image}`, () => {
    const list = ` [{"args": []}, {${image}}]`;
    assert.equal(withSidecar(list, "ours"), list);
  });
}

for (const text of ["[", "]", "{}", '[{"image": "a"}', '{"image": "a"}]', "a []", "[] a"]) {
  Deno.test(`this is no list of sidecars: ${text}`, () => {
    assert.equal(withSidecar(text, "ours"), undefined);
  });
}
