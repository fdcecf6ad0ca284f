import { asObject, objectMember } from "../../../src/text/json.ts";
import { INJECT_LABEL, SIDECARS_ANNOTATION } from "../../support/admission_cases.ts";
import { README_ROLE, vmiOf } from "../cluster/applied_vm.ts";
import { type Cluster, FEATURE_GATES } from "../cluster/cluster.ts";
import { namespace, serviceAccount } from "../cluster/objects.ts";
import { waitFor } from "../cluster/processes.ts";
import type { HookManagerProgram } from "../install/kubevirt_manager.ts";
import {
  ACCOUNT,
  createVm,
  enrolledPod,
  eventIn,
  isEnrolled,
  type Situation,
  vmIn,
  WAIT_SECONDS,
} from "./cluster_situation.ts";
import { BESIDE_SITUATIONS } from "./cluster_situations_beside.ts";
import { RUNNING_SITUATIONS } from "./cluster_situations_running.ts";
import { ask, type Case, expect } from "./judge.ts";

/** What an operator meets around the policy, in a namespace for each. */
export async function situationCases(
  cluster: Cluster,
  manager: HookManagerProgram,
): Promise<Case[]> {
  const cases: Case[] = [];
  for (
    const { name, what, judge } of [...SITUATIONS, ...RUNNING_SITUATIONS, ...BESIDE_SITUATIONS]
  ) {
    cases.push(
      await ask(`situation: ${what}`, async () => {
        await cluster.api.createAll([namespace(name)]);
        await judge(cluster, name, manager);
      }),
    );
  }
  return cases;
}

const SITUATIONS: readonly Situation[] = [
  {
    name: "sidecar-gate-off",
    what: "the feature gate Sidecar is off: the VM has an event that says so",
    async judge(cluster, namespace) {
      await withGates(cluster, FEATURE_GATES.filter((gate) => gate !== "Sidecar"), async () => {
        await createVm(cluster, namespace);
        await eventIn(cluster, namespace, "Sidecar");
      });
    },
  },
  {
    name: "container-path-gate-off",
    what: "the feature gate ContainerPathVolumes is off: an event says so",
    async judge(cluster, namespace) {
      const gates = FEATURE_GATES.filter((gate) => gate !== "ContainerPathVolumes");
      await withGates(cluster, gates, async () => {
        await createVm(cluster, namespace);
        await eventIn(cluster, namespace, "ContainerPath");
      });
    },
  },
  {
    name: "account-after-the-vm",
    what: "an account that is created after the VM counts from the next start on",
    async judge(cluster, namespace) {
      await cluster.api.createAll([vmIn(namespace)]);
      const first = await vmiOf(cluster, namespace, "vm");
      expect(!isEnrolled(first), "a VMI without an account was enrolled");
      await cluster.api.createAll([serviceAccount(namespace, ACCOUNT, README_ROLE)]);
      const path = `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachineinstances/vm`;
      await cluster.api.must("DELETE", path);
      await waitFor("enrolled VMI after a restart", WAIT_SECONDS, async () => {
        const { status, body } = await cluster.api.request("GET", path);
        return status === 200 && isEnrolled(body) || undefined;
      });
    },
  },
  {
    name: "refused",
    what: "a VMI that is refused: the VM has an event in the policy's words",
    async judge(cluster, namespace) {
      await createVm(cluster, namespace, { annotations: { [SIDECARS_ANNOTATION]: "{}" } });
      await eventIn(cluster, namespace, "is not a list in JSON");
    },
  },
  {
    name: "warned",
    what: "kubectl apply warns of a label with another value",
    async judge(cluster, namespace) {
      const vm = vmIn(namespace, { labels: { [INJECT_LABEL]: "yes" } });
      const { warnings } = await cluster.api.create(vm);
      const words = 'has the value "yes"';
      expect(
        warnings.some((warning) => warning.includes(words)),
        `it should say: ${words}; but says: ${warnings.join("; ")}`,
      );
    },
  },
  {
    name: "bare-vmi",
    what: "kubectl apply of a VMI a second time is refused by KubeVirt, as the docs say",
    async judge(cluster, namespace) {
      await cluster.api.createAll([serviceAccount(namespace, ACCOUNT, README_ROLE)]);
      const { metadata, spec } = objectMember(objectMember(vmIn(namespace), "spec"), "template") ??
        {};
      const vmi = {
        apiVersion: "kubevirt.io/v1",
        kind: "VirtualMachineInstance",
        metadata: { ...asObject(metadata), name: "vm", namespace },
        spec,
      };
      const file = `${cluster.folder}/bare-vmi.json`;
      await Deno.writeTextFile(file, JSON.stringify(vmi));
      await cluster.mustKubectl("apply", "-f", file);
      expect(isEnrolled(await vmiOf(cluster, namespace, "vm")), "the VMI was not enrolled");
      const again = await cluster.kubectl("apply", "-f", file);
      expect(
        again.code !== 0 && again.stderr.includes("update of VMI object is restricted"),
        `kubectl left with ${again.code} and said: ${again.stderr}`,
      );
    },
  },
  {
    name: "instance-type",
    what: "a VM with an instance type and a preference is enrolled",
    async judge(cluster, namespace) {
      const { spec, ...rest } = vmIn(namespace);
      const template = objectMember(asObject(spec), "template");
      const inner = objectMember(template, "spec");
      const { memory: _, ...domain } = objectMember(inner, "domain") ?? {};
      await createVm(cluster, namespace, {}, {
        ...rest,
        spec: {
          ...asObject(spec),
          instancetype: { name: "u1.small" },
          preference: { name: "fedora" },
          template: { ...template, spec: { ...inner, domain } },
        },
      });
      await enrolledPod(cluster, namespace);
    },
  },
];

/** Runs something with other feature gates, and waits until KubeVirt has seen the usual ones again. */
async function withGates(
  cluster: Cluster,
  gates: readonly string[],
  run: () => Promise<void>,
): Promise<void> {
  await cluster.setFeatureGates(gates);
  try {
    await run();
  } finally {
    await cluster.setFeatureGates(FEATURE_GATES);
  }
}
