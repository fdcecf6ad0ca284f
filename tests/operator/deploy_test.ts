import assert from "node:assert/strict";
import { parse } from "yaml";
import { asObject, objectMember, objectsMember, stringMember } from "../../src/text/json.ts";
import { repositoryPath } from "../support/paths.ts";
import { runSidecar } from "../support/sidecar.ts";

/** The kustomizations of deploy/, the KubeVirt that each is for, and the objects that it has. */
const KUSTOMIZATIONS = [
  { folder: "deploy", kubevirt: "v1.9.0", objects: 10 },
  { folder: "deploy/kubevirt-1.8", kubevirt: "v1.8.2", objects: 10 },
  { folder: "deploy/kyverno", kubevirt: "v1.9.0", objects: 9 },
  { folder: "deploy/kyverno-kubevirt-1.8", kubevirt: "v1.8.2", objects: 9 },
] as const;

const readYaml = async (path: string) =>
  asObject(parse(await Deno.readTextFile(repositoryPath(path))));

for (const { folder, kubevirt, objects } of KUSTOMIZATIONS) {
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

  Deno.test({
    name: `check finds nothing wrong with VMs beside what kubectl builds of ${folder}`,
    ignore: !await hasKubectl(),
    fn: async () => {
      const built = await new Deno.Command("kubectl", {
        args: ["kustomize", repositoryPath(folder)],
      }).output();
      const policies = new TextDecoder().decode(built.stdout);
      assert.equal(policies.match(/^kind: /gm)?.length, objects);
      const gates = await Deno.readTextFile(repositoryPath("examples/kubevirt.yaml"));
      const status = `status: {observedKubeVirtVersion: ${kubevirt}}\n`;
      const { stdout } = await runSidecar({
        args: ["check", repositoryPath("examples/namespace.yaml"), "-"],
        stdin: `${policies}\n---\n${gates}${status}`,
        env: {},
      });
      assert.match(stdout, /^0 errors, 0 warnings in 2 virtual machines\.$/m);
    },
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

async function hasKubectl(): Promise<boolean> {
  try {
    return (await new Deno.Command("kubectl", { args: ["version", "--client"] }).output()).success;
  } catch {
    return false;
  }
}
