import assert from "node:assert/strict";
import { KUSTOMIZATIONS } from "../../support/kustomizations.ts";
import { runSidecar } from "../../support/sidecar.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { ask, type Case } from "./judge.ts";

/** Each kustomization of deploy/, as kubectl builds it: check finds nothing wrong with VMs beside it. */
export async function deployCases(cluster: Cluster, repository: string): Promise<Case[]> {
  const gates = await Deno.readTextFile(`${repository}/examples/kubevirt.yaml`);
  const cases: Case[] = [];
  for (const { folder, kubevirt, objects } of KUSTOMIZATIONS) {
    cases.push(
      await ask(`deploy: check, beside what kubectl builds of ${folder}`, async () => {
        const built = await cluster.mustKubectl("kustomize", `${repository}/${folder}`);
        assert.equal(built.stdout.match(/^kind: /gm)?.length, objects);
        const status = `status: {observedKubeVirtVersion: ${kubevirt}}\n`;
        const { stdout } = await runSidecar({
          args: ["check", `${repository}/examples/namespace.yaml`, "-"],
          stdin: `${built.stdout}\n---\n${gates}${status}`,
          env: {},
        });
        assert.match(stdout, /^0 errors, 0 warnings in 2 virtual machines\.$/m);
      }),
    );
  }
  return cases;
}
