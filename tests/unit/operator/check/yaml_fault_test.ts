import assert from "node:assert/strict";
import { yamlFault } from "../../../../src/operator/check/yaml_fault.ts";
import { repositoryPath } from "../../../support/paths.ts";

/** What PyYAML refuses, up to where it is refused. */
const BROKEN: readonly (readonly [string, string])[] = [
  ["runcmd:\n- a: ", "b: c\n"],
  ["packages: [a, b\n", ""],
  ["users:\n", "\t- name: a\n"],
  ["users:\n  - name: a\n", "  shell: b\n   x: y\n"],
  ["fqdn: ", '"a\nhostname: b\n'],
  ["a: 1\n", "b\n"],
  ["a: ", "@b\n"],
  ["a: &x ", "*y\n"],
];

/** What it takes, however odd it is. */
const TAKEN = [
  "",
  "#cloud-config\n",
  "a: 1\na: 2\n",
  "{a: 1, a: 2}\n",
  "packages: [a,\nb]\n",
  "users:\n  - {name: a,\n shell: b}\n",
  'fqdn: "a\nb"\n',
  "fqdn: 'a\n\nb'\n",
  "mode: 0644\nyes: no\nx: 1_000\n",
  "a: &x {b: 1}\nc:\n  <<: *x\n",
  "--- # one\na: 1\n...\n",
  "a: !!binary aGk=\n",
  "a: |\n  \tb\n    c\n",
  "list: [a:\n -]\n",
  "a: b\u2028c: d\n",
  "? a\n: b\n",
  "a: {#b: c,\n  d: e}\n",
  "a:\n|\n  b\n",
  "\r\na: 1\r\n",
];

for (const [before, after] of BROKEN) {
  Deno.test(`the YAML ${JSON.stringify(before + after)} is broken there`, () => {
    assert.equal(yamlFault(before + after), before.length);
  });
}

for (const text of TAKEN) {
  Deno.test(`the YAML ${JSON.stringify(text)} may be taken`, () => {
    assert.equal(yamlFault(text), undefined);
  });
}

const CORPUS = repositoryPath("tests/conformance/user_data/carried");

Deno.test("of the corpus of cloud-configs only the one that is broken is called so", async () => {
  const broken: string[] = [];
  for await (const { name } of Deno.readDir(CORPUS)) {
    if (!/^cloud-config(?!-patch-jsonp|-archive).*\.txt$/.test(name)) continue;
    const text = await Deno.readTextFile(`${CORPUS}/${name}`);
    if (yamlFault(text) !== undefined) broken.push(name);
  }
  assert.deepEqual(broken, ["cloud-config-not-valid-yaml.txt"]);
});
