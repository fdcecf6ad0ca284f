import assert from "node:assert/strict";
import configuration from "../../deno.json" with { type: "json" };
import { repositoryPath } from "../support/paths.ts";

const pinned = Deno.readTextFileSync(repositoryPath(".deno-version")).trim();

for (const file of ["README.md", "CONTRIBUTING.md", "docs/development.md", "Dockerfile"]) {
  Deno.test(`${file} names the Deno that .deno-version pins, and no other`, () => {
    const text = Deno.readTextFileSync(repositoryPath(file));
    const named = [...text.matchAll(/(?:deno@|DENO_VERSION=)(\d+\.\d+\.\d+)/g)].map(([, version]) =>
      version
    );
    assert.deepEqual(named.filter((version) => version !== pinned), []);
    if (file !== "docs/development.md") assert(named.length > 0);
  });
}

Deno.test("the manifests name this version's image", () => {
  const examples = repositoryPath("examples");
  const texts = [
    repositoryPath("README.md"),
    `${examples}/linux-webhook.yaml`,
    `${examples}/windows.yaml`,
    repositoryPath("deploy/policy/policy.yaml"),
    repositoryPath("deploy/kyverno/policies.yaml"),
  ];
  for (const text of texts.map((path) => Deno.readTextFileSync(path))) {
    assert(text.includes(`ghcr.io/eks-irsa-sidecar/eks-irsa-sidecar:${configuration.version}`));
  }
});
