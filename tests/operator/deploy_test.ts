import assert from "node:assert/strict";
import { parse } from "yaml";
import { asObject, objectMember, objectsMember, stringMember } from "../../src/text/json.ts";
import { KUSTOMIZATIONS } from "../support/kustomizations.ts";
import { repositoryPath } from "../support/paths.ts";

const readYaml = async (path: string) =>
  asObject(parse(await Deno.readTextFile(repositoryPath(path))));

for (const { folder, kubevirt } of KUSTOMIZATIONS) {
  Deno.test(`the resources of ${folder} exist, and its patch sets the first variable`, async () => {
    const kustomization = await readYaml(`${folder}/kustomization.yaml`);
    const resources = kustomization?.resources;
    assert.ok(Array.isArray(resources) && resources.length > 0);
    for (const resource of resources) {
      await Deno.stat(repositoryPath(`${folder}/${resource}`));
    }
    const patches = objectsMember(kustomization, "patches")
      .map((patch) => parse(stringMember(patch, "patch") ?? ""));
    assert.deepEqual(
      patches,
      kubevirt === "v1.9.0" ? [] : [[
        { op: "test", path: "/spec/variables/0/name", value: "accountBy" },
        { op: "replace", path: "/spec/variables/0/expression", value: '"volume"' },
      ]],
    );
  });
}

Deno.test("the first variable of the policy says how a VM names its account", async () => {
  const [first = ""] = (await Deno.readTextFile(repositoryPath("deploy/policy/policy.yaml")))
    .split("\n---\n");
  const spec = objectMember(asObject(parse(first)), "spec");
  assert.deepEqual(objectsMember(spec, "variables")[0], {
    name: "accountBy",
    expression: '"serviceAccountName"',
  });
});
