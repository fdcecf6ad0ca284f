import assert from "node:assert/strict";
import { parseAllDocuments } from "yaml";
import { kyvernoPolicies } from "../../build/kyverno_policies.ts";
import { asObject, objectMember } from "../../src/text/json.ts";
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

Deno.test("each policy for Kyverno has a timeout, which gives it a webhook of its own", () => {
  const timeouts = parseAllDocuments(read("deploy/kyverno/policies.yaml"))
    .map((document) => objectMember(asObject(document.toJS()), "spec"))
    .map((spec) => objectMember(spec, "webhookConfiguration")?.timeoutSeconds);
  assert.deepEqual(timeouts, [10, 10]);
});
