import assert from "node:assert/strict";
import { checkManifests } from "../../src/operator/check/check.ts";
import { lineOfFinding } from "../../src/operator/check/finding.ts";
import { hookSidecars } from "../../src/operator/manifest/hook_sidecars.ts";
import { parseManifests } from "../../src/operator/manifest/parse.ts";
import { annotation } from "./edit.ts";
import { findingsOf } from "./findings.ts";

const read = (text: unknown) =>
  hookSidecars({ metadata: { annotations: { "hooks.kubevirt.io/hookSidecars": text } } });

/** What Go's encoding/json and KubeVirt's HookSidecar refuse, and our message. */
const MALFORMED: readonly (readonly [unknown, RegExp])[] = [
  [[], /^it is YAML/],
  ["", /^it is empty/],
  [" \n", /^it is empty/],
  [
    "[{image: x}]",
    /^it is not JSON: it has a word that is neither in double quotes nor true, false or null$/,
  ],
  ["[{'image': 'x'}]", /^it is not JSON: it has single quotes/],
  ['[{"image": "x"},]', /^it is not JSON: a comma stands before the closing bracket$/],
  ['[{"image": "x",}]', /^it is not JSON: a comma stands before the closing bracket$/],
  ['[{"image": "x"}', /^it is not JSON: it ends where a comma or ] is expected$/],
  ['[{"image": "x}]', /^it is not JSON: the string is not closed on its line$/],
  ['[{"image": "\\x"}]', /^it is not JSON: the string has a backslash that means nothing$/],
  ['[{"image": "x"}] # ours', /^it is not JSON: it has a comment/],
  ['[{"image": "x"}] []', /^it is not JSON: there is something behind the list$/],
  [
    '[{"image": x}]',
    /^it is not JSON: it has a word that is neither in double quotes nor true, false or null$/,
  ],
  ['{"image": "x"}', /^it is JSON, but not a list$/],
  ['["x"]', /^its entry 0 is not an object$/],
  ['[{}, {"image": 5}]', /^its entry 1 has an image that is not a string$/],
  ['[{"IMAGE": 5}]', /^its entry 0 has an image that is not a string$/],
  ['[{"args": "--os linux"}]', /^its entry 0 has args that are not a list of strings$/],
  ['[{"args": [1]}]', /^its entry 0 has args that are not a list of strings$/],
  ['[{"Args": {}}]', /^its entry 0 has args that are not a list of strings$/],
  ['[{"command": "sh"}]', /^its entry 0 has a command that is not a list of strings$/],
  ['[{"imagePullPolicy": "always"}]', /^its entry 0 has an imagePullPolicy that is none of Always/],
  ['[{"configMap": "scripts"}]', /^its entry 0 has a configMap that is not an object/],
  ['[{"configMap": {"name": 1}}]', /^its entry 0 has a configMap that is not an object/],
  ['[{"pvc": []}]', /^its entry 0 has a pvc that is not an object/],
];

for (const [text, problem] of MALFORMED) {
  Deno.test(`the annotation ${JSON.stringify(text)} cannot be read`, () => {
    const sidecars = read(text);
    assert.ok(sidecars.kind === "malformed", sidecars.kind);
    assert.match(sidecars.problem, problem);
  });
}

Deno.test("what Go accepts is read as Go reads it", () => {
  const list = (text: string) => {
    const sidecars = read(text);
    assert.ok(sidecars.kind === "list", JSON.stringify(sidecars));
    return sidecars.entries.map(({ image, args }) => ({ image, args }));
  };
  assert.deepEqual(list("null"), []);
  assert.deepEqual(list(" [] "), []);
  assert.deepEqual(list("[null]"), [{ image: "", args: [] }]);
  assert.deepEqual(list('[{"Image": "x", "args": null, "downwardAPI": 5, "pvc": null}]'), [
    { image: "x", args: [] },
  ]);
  assert.deepEqual(list('[{"image": "x", "ARGS": ["a", null], "configMap": {"key": "k"}}]'), [
    { image: "x", args: ["a", ""] },
  ]);
});

/** Ways to write the annotation in YAML, from line 6 on, and the line of the mistake. */
const WRITTEN: readonly (readonly [string, readonly string[], number])[] = [
  ["literal", ["|", "  [", "    {", '      "image": "x",', "    }", "  ]"], 9],
  ["literal, behind blank lines", ["|-", "", "", '  [{"image": "x"', "  ,]"], 10],
  ["folded", [">", "  [", "  {", '  "image": "x",', "", "  }", "  ]"], 9],
  ["double quotes", ['"[', '  {\\"image\\":\\"x\\"', '  ,}]"'], 8],
  ["escaped line breaks", ['"[\\n\\t{\\', '  \\"image\\": \\"x\\"\\n\\', '  ,}]"'], 8],
  ["single quotes", ["'[", '  {"image":"it\'\'s"', "  ,}]'"], 8],
  ["one line", ["'[,]'"], 6],
  ["an args list of one word", [
    "|",
    "  [{",
    '  "image": "irsa-sidecar",',
    '  "args": ["--os linux"]}]',
  ], 9],
];

for (const [name, [first = "", ...rest], line] of WRITTEN) {
  Deno.test(`the line of a mistake in the annotation, in YAML with ${name}`, () => {
    const text = [
      "apiVersion: kubevirt.io/v1",
      "kind: VirtualMachineInstance",
      "metadata:",
      "  name: vm",
      "  annotations:",
      `    hooks.kubevirt.io/hookSidecars: ${first}`,
      ...rest.map((more) => more === "" ? "" : `    ${more}`),
      "spec: {}",
    ].join("\n");
    const findings = checkManifests(parseManifests(text, "vm.yaml"), ["vm.yaml"])
      .flatMap((checked) => checked.findings)
      .filter(({ code }) => ["sidecar-malformed", "sidecar-args"].includes(code));
    assert.deepEqual(findings.map(lineOfFinding), [line]);
  });
}

Deno.test("args that were written as one string are split in the fix", () => {
  const text = JSON.stringify({
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachineInstance",
    metadata: {
      annotations: {
        "hooks.kubevirt.io/hookSidecars": '[{"image":"irsa-sidecar","args":["--os linux"]}]',
      },
    },
  });
  const [checked] = checkManifests(parseManifests(text, "vm.json"), []);
  const finding = checked?.findings.find(({ code }) => code === "sidecar-args");
  assert.equal(finding?.snippet, '"args": ["--os","linux"]');
});

/** Args and commands that are not lists, and the correction. */
const CORRECTIONS: readonly (readonly [string, string | undefined])[] = [
  ['[{"args": "--token-readers=root"}]', '"args": ["--token-readers=root"]'],
  ['[{"image": "x", "Args": " --os  linux"}]', '"args": ["--os","linux"]'],
  ['[{"command": "sh -c \'a b\'"}]', '"command": ["sh -c \'a b\'"]'],
  ['[{"args": [1]}]', undefined],
  ['[{"image": 5}]', undefined],
  ["[,]", undefined],
];

for (const [text, correction] of CORRECTIONS) {
  Deno.test(`the correction of ${text}`, () => {
    const sidecars = read(text);
    assert.ok(sidecars.kind === "malformed");
    assert.equal(sidecars.correction, correction);
  });
}

Deno.test("the correction is the snippet of the fix", () => {
  const [finding] = findingsOf(annotation('[{"args": "--token-readers=root"}]'));
  assert.equal(finding?.code, "sidecar-malformed");
  assert.equal(finding?.snippet, '"args": ["--token-readers=root"]');
});
