import { applyReadmeVm, followVm, README_ROLE } from "../cluster/applied_vm.ts";
import { Cluster } from "../cluster/cluster.ts";
import { applyPolicies } from "../cluster/policies.ts";
import { type ClusterPrograms, clusterPrograms } from "../cluster/programs.ts";
import { admissionCases, admissionCasesOn18, createCaseNamespaces } from "./cluster_admission.ts";
import { hookManagerPrograms } from "../install/kubevirt_manager.ts";
import { chainCases } from "./cluster_chain.ts";
import { manifestCases } from "./cluster_manifests.ts";
import { situationCases } from "./cluster_situations.ts";
import { ask, type Bench, type Case, expect, type Judge } from "./judge.ts";

let building: Promise<ClusterPrograms> | undefined;

/** The real control plane: does a VM get its role by `kubectl apply` alone? */
export const cluster: Judge = {
  name: "cluster",
  prepare: ({ repository, progress }) => building ??= clusterPrograms(repository, progress),
  async judge(bench) {
    const programs = await (building ??= clusterPrograms(bench.repository, bench.progress));
    const started = Date.now();
    await using running = await Cluster.start(programs);
    bench.progress(`cluster: up after ${seconds(started)} s`);
    await applyPolicies(running, bench.repository);
    await createCaseNamespaces(running.api);
    const cases = [...await admissionCases(running.api)];
    bench.progress("cluster: the README's VM, from kubectl apply to its domain");
    cases.push(...await readmeCases(running, bench));
    bench.progress("cluster: every manifest");
    cases.push(...await manifestCases(running, bench.repository));
    bench.progress("cluster: situations");
    cases.push(...await situationCases(running));
    bench.progress("cluster: the overlay for KubeVirt 1.8");
    cases.push(...await admissionCasesOn18(running, bench.repository));
    const memory = running.memoryMegabytes();
    const all = Object.values(memory).reduce((sum, one) => sum + one, 0);
    return [{
      judge: "cluster",
      version: `Kubernetes ${programs.kubernetes}, KubeVirt ${programs.kubevirt.version}`,
      cases,
      note: `${all} MB of memory (${
        Object.entries(memory).map(([name, size]) => `${name} ${size}`).join(", ")
      }), ${seconds(started)} s`,
    }];
  },
};

/** Follows the VM of README.md. */
async function readmeCases(running: Cluster, bench: Bench): Promise<Case[]> {
  const [manager] = await hookManagerPrograms(bench);
  if (manager === undefined) throw new Error("there is no hook manager");
  const vm = await applyReadmeVm(running, bench.repository);
  const applied = await followVm(running, manager, vm.namespace, vm.name);
  return [
    ...await chainCases(applied, README_ROLE, vm.account),
    await ask("chain: kubectl sees no drift of the VM", async () => {
      const { code, stdout, stderr } = await running.kubectl("diff", "-f", vm.file);
      expect(code === 0, `kubectl diff says: ${stdout}${stderr}`);
    }),
  ];
}

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1_000);
}
