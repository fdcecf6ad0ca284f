import assert from "node:assert/strict";
import { kyvernoPolicies } from "../../build/kyverno_policies.ts";
import { repositoryPath } from "../support/paths.ts";

const read = (path: string) => Deno.readTextFileSync(repositoryPath(path));

Deno.test("deploy/kyverno is made from deploy/policy", () => {
  assert.equal(
    read("deploy/kyverno/policies.yaml"),
    kyvernoPolicies(read("deploy/policy/policy.yaml")),
    "run: deno run --allow-read --allow-write build/kyverno_policies.ts",
  );
});

Deno.test("a source without a part that is needed is refused", () => {
  assert.throws(() => kyvernoPolicies("kind: MutatingAdmissionPolicy\n"), /has no/);
});
