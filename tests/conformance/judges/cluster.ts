import { Cluster } from "../cluster/cluster.ts";
import { type ClusterPrograms, clusterPrograms } from "../cluster/programs.ts";
import { admissionCases, createCaseNamespaces, waitForPolicy } from "./cluster_admission.ts";
import type { Judge } from "./judge.ts";

let building: Promise<ClusterPrograms> | undefined;

/** The real control plane: does a VM get its role by `kubectl apply` alone? */
export const cluster: Judge = {
  name: "cluster",
  prepare({ repository, progress }) {
    building = clusterPrograms(repository, progress);
    building.catch(() => {}); // `judge` throws it
  },
  async judge(bench) {
    const programs = await (building ?? clusterPrograms(bench.repository, bench.progress));
    const started = Date.now();
    await using running = await Cluster.start(programs);
    bench.progress(`cluster: up after ${seconds(started)} s`);
    await createCaseNamespaces(running.api);
    await running.mustKubectl("apply", "-k", `${bench.repository}/deploy`);
    await waitForPolicy(running.api);
    const cases = [...await admissionCases(running.api)];
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

function seconds(since: number): number {
  return Math.round((Date.now() - since) / 1_000);
}
