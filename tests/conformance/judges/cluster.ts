import { applyReadmeVm, followVm, README_ROLE } from "../cluster/applied_vm.ts";
import { Cluster } from "../cluster/cluster.ts";
import { applyPolicies } from "../cluster/policies.ts";
import { type ClusterPrograms, clusterPrograms, withKubevirt18 } from "../cluster/programs.ts";
import { admissionCases, admissionCasesOn18, createCaseNamespaces } from "./cluster_admission.ts";
import { hyperConvergedCrd } from "../install/hyper_converged_schemas.ts";
import { type HookManagerProgram, hookManagerPrograms } from "../install/kubevirt_manager.ts";
import { configurationCases } from "./cluster_configuration.ts";
import { chainCases } from "./cluster_chain.ts";
import { kubevirt18Cases } from "./cluster_kubevirt_1_8.ts";
import { manifestCases } from "./cluster_manifests.ts";
import { deployCases } from "./cluster_deploy.ts";
import { identityWebhookCases, WEBHOOK_VARIABLE } from "./cluster_identity_webhook.ts";
import { platformCases } from "./cluster_platforms.ts";
import { situationCases } from "./cluster_situations.ts";
import { ask, type Bench, type Case, expect, type Judge, type Verdict } from "./judge.ts";

/** The programs with each release of KubeVirt. */
interface Programs {
  readonly newest: ClusterPrograms;
  readonly older: ClusterPrograms;
}

let building: Promise<Programs> | undefined;

/** The real control plane: does a VM get its role by `kubectl apply` alone? */
export const cluster: Judge = {
  name: "cluster",
  prepare: (bench) => building ??= build(bench),
  async judge(bench) {
    const { newest, older } = await (building ??= build(bench));
    return [await judgeNewest(bench, newest), await judgeOlder(bench, older)];
  },
};

async function build({ repository, progress }: Bench): Promise<Programs> {
  const newest = await clusterPrograms(repository, progress);
  return { newest, older: await withKubevirt18(newest, repository, progress) };
}

/** Kubernetes and KubeVirt in their newest releases. */
async function judgeNewest(bench: Bench, programs: ClusterPrograms): Promise<Verdict> {
  const crd = await hyperConvergedCrd(bench);
  const started = Date.now();
  await using running = await Cluster.start(programs);
  bench.progress(`cluster: up after ${seconds(started)} s`);
  const cases = [...await configurationCases(running, bench.repository, crd)];
  cases.push(...await deployCases(running, bench.repository));
  await applyPolicies(running, bench.repository);
  await createCaseNamespaces(running.api);
  const manager = await hookManager(bench);
  cases.push(...await admissionCases(running.api));
  bench.progress("cluster: the README's VM, from kubectl apply to its domain");
  cases.push(...await readmeCases(running, bench, manager));
  bench.progress("cluster: every manifest");
  cases.push(...await manifestCases(running, bench.repository));
  bench.progress("cluster: situations");
  cases.push(...await situationCases(running, manager));
  bench.progress("cluster: platforms");
  cases.push(...await platformCases(running, bench.repository, manager));
  const program = Deno.env.get(WEBHOOK_VARIABLE);
  if (program !== undefined) {
    bench.progress("cluster: the pod identity webhook itself");
    cases.push(...await identityWebhookCases(running, bench.repository, program));
  }
  bench.progress("cluster: the overlay for KubeVirt 1.8");
  cases.push(...await admissionCasesOn18(running, bench.repository));
  return verdictOf(
    running,
    started,
    cases,
    program === undefined
      ? `${WEBHOOK_VARIABLE} is not set: the stand-in was not compared with the webhook`
      : undefined,
  );
}

/** The overlay for KubeVirt 1.8, with that release. */
async function judgeOlder(bench: Bench, programs: ClusterPrograms): Promise<Verdict> {
  const started = Date.now();
  bench.progress(`cluster: KubeVirt ${programs.kubevirt.version}`);
  await using running = await Cluster.start(programs);
  await applyPolicies(running, bench.repository, "deploy/kubevirt-1.8");
  await createCaseNamespaces(running.api);
  const manager = await hookManager(bench);
  const cases = await kubevirt18Cases(running, bench.repository, manager);
  return verdictOf(running, started, cases);
}

async function hookManager(bench: Bench): Promise<HookManagerProgram> {
  const [manager] = await hookManagerPrograms(bench);
  if (manager === undefined) throw new Error("there is no hook manager");
  return manager;
}

/** The cases, with the memory and the time that they took. */
function verdictOf(
  running: Cluster,
  started: number,
  cases: readonly Case[],
  note?: string,
): Verdict {
  const { kubernetes, kubevirt } = running.programs;
  const memory = running.memoryMegabytes();
  const all = Object.values(memory).reduce((sum, one) => sum + one, 0);
  const each = Object.entries(memory).map(([name, size]) => `${name} ${size}`).join(", ");
  const cost = `KubeVirt ${kubevirt.version}: ${all} MB of memory (${each}), ${seconds(started)} s`;
  return {
    judge: "cluster",
    version: `Kubernetes ${kubernetes}, KubeVirt ${kubevirt.version}`,
    cases,
    note: note === undefined ? cost : `${cost}; ${note}`,
  };
}

/** Follows the VM of README.md. */
async function readmeCases(
  running: Cluster,
  bench: Bench,
  manager: HookManagerProgram,
): Promise<Case[]> {
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
