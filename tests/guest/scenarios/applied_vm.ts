import {
  type AppliedVm,
  applyReadmeVm,
  followVm,
  README_ROLE,
} from "../../conformance/cluster/applied_vm.ts";
import { Cluster } from "../../conformance/cluster/cluster.ts";
import { applyPolicies } from "../../conformance/cluster/policies.ts";
import { clusterPrograms } from "../../conformance/cluster/programs.ts";
import { hookManagerPrograms } from "../../conformance/install/kubevirt_manager.ts";
import { repositoryPath } from "../../support/paths.ts";
import { loginShell } from "../identity.ts";
import type { Machine, Prepared } from "../machine.ts";
import { expect } from "../report.ts";
import { boot, type Scenario, type ScenarioContext, withMachine } from "../scenario.ts";

/**
 * The VM of README.md, from `kubectl apply` on: the API server with deploy/, KubeVirt's virt-api and virt-controller, a
 * sidecar with the environment of the pod's container, KubeVirt's converter and hook manager. The rig gives only the
 * machine's files, see `onTheRig`.
 */
export const appliedVm: Scenario = {
  name: "applied-vm",
  about: "the README's VM, from kubectl apply",
  guests: ["debian13"],
  async run(context: ScenarioContext) {
    const { guest, report } = context;
    const check = report.check.bind(report, guest);
    const applied = await apply((step) => report.progress(`${guest.name} applied-vm: ${step}`));
    const [, uuid = ""] = /<entry name="uuid">(.*?)<\/entry>/.exec(applied.domain.given) ?? [];
    const spec = {
      name: "vm",
      uuid,
      dataSource: "noCloud",
      userData: applied.cloudInit?.given.UserData ?? "",
      containerPath: "web-identity",
    } as const;
    await withMachine(context, "applied-vm", spec, "owned", async (machine) => {
      const prepared = await onTheRig(machine, applied);
      machine.prepare = () => Promise.resolve(prepared);
      const { shell } = await boot(context, machine, 1, "boot of the VM that was applied", {});
      await check(1, "the role by `kubectl apply` alone", () => loginShell(shell, README_ROLE));
      await check(7, "the share of the admission policy is mounted", async () => {
        const mounts = await shell.output("grep virtiofs /proc/mounts | cut -d ' ' -f 1");
        expect(mounts.trim() === "web-identity", `mounted are: ${mounts}`);
        return "web-identity";
      });
      await machine.pullPlug();
    });
  },
};

async function apply(progress: (step: string) => void): Promise<AppliedVm> {
  const repository = repositoryPath("").replace(/\/$/, "");
  const cache = `${repository}/.cache/conformance`;
  await Deno.mkdir(cache, { recursive: true });
  const programs = await clusterPrograms(repository, progress);
  const [manager] = await hookManagerPrograms({ repository, cache, progress });
  if (manager === undefined) throw new Error("there is no hook manager");
  progress("start the cluster");
  await using cluster = await Cluster.start(programs);
  await applyPolicies(cluster, repository);
  const { namespace, name } = await applyReadmeVm(cluster, repository);
  return await followVm(cluster, manager, namespace, name);
}

/**
 * The domain that the sidecar returned, with what is another thing on the rig than on a node: the kernel is started directly,
 * the CPU and the clock's timers are emulated, and the disks, the console and the virtiofs socket are the rig's files. The network card is QEMU's
 * own, for there is no pod with a tap device. A screen has no use here, and Debian 12's libvirt refuses a maximum of memory
 * without slots.
 */
async function onTheRig(machine: Machine, { domain, cloudInit }: AppliedVm): Promise<Prepared> {
  const rig = (await machine.prepare({ withoutSidecar: true })).domain.given;
  const ofRig = (element: RegExp) => element.exec(rig)?.[0] ?? "";
  let xml = domain.returned;
  const replace = (element: RegExp, by: string) => {
    expect(element.test(xml), `KubeVirt's domain has no ${element.source}`);
    xml = xml.replace(element, () => by);
  };
  replace(/<domain type="qemu">/, ofRig(/<domain [^>]*>/));
  replace(/<name>.*?<\/name>/, ofRig(/<name>.*?<\/name>/));
  replace(/<maxMemory .*?<\/maxMemory>/, "");
  replace(/<\/os>/, `${ofRig(/<kernel>.*<\/cmdline>/s)}</os>`);
  replace(/<interface .*?<\/interface>/s, ofRig(/<interface .*?<\/interface>/s));
  replace(/<video>.*<\/graphics>/s, "");
  const [root = "", cloudInitDisk = ""] = rig.match(/<disk .*?<\/disk>/gs) ?? [];
  replace(/<disk .*<\/disk>/s, `${root}${cloudInitDisk}`);
  replace(/<serial .*<\/console>/s, ofRig(/<serial .*?<\/serial>/s));
  replace(/<source dir="" socket=".*?">/, `<source socket="${machine.socket}">`);
  replace(
    /<features>.*<\/features>/s,
    `${ofRig(/<clock .*<\/clock>/s)}${ofRig(/<features>.*<\/features>/s)}`,
  );
  replace(/<cpu mode="host-model">/, ofRig(/<cpu .*?<\/model>/s));
  if (cloudInit === undefined) throw new Error("the VM of README.md has no cloud-init");
  return { domain: { given: domain.given, returned: xml }, cloudInit: cloudInit.returned };
}
