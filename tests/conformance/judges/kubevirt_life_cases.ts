import type { HookManager } from "./hook_manager.ts";
import { expect } from "./judge.ts";
import { HOOK_FOLDER, type Pod } from "./pod.ts";
import { vmiWith } from "./vmi.ts";

/** A case about a sidecar's life with virt-launcher; each has a pod of its own. */
export interface LifeCase {
  readonly name: string;
  judge(pod: Pod, manager: HookManager): Promise<void>;
}

const VMI = vmiWith({ cloudInitNoCloud: { userData: "#cloud-config\npackages: [awscli]\n" } });
const DOMAIN =
  '<domain type="kvm"><name>orders</name><memory unit="b">1073741824</memory><os><type arch="x86_64" ' +
  'machine="q35">hvm</type></os><devices></devices><cpu></cpu></domain>';

/** Cases from Collect to Shutdown. */
export const LIFE_CASES: readonly LifeCase[] = [
  {
    name: "nothing but the socket is in the hook folder",
    async judge(pod, manager) {
      await pod.startSidecar({ name: "hook-sidecar-0" });
      await manager.collect(1);
      await manager.preCloudInitIso(VMI);
      const entries = await pod.entriesOf("hook-sidecar-0");
      const socket = pod.hookFolder === "a folder for each"
        ? "eks-irsa-hook-sidecar-0.sock"
        : "eks-irsa.sock";
      expect(entries.join() === socket, `it holds ${entries.join(", ")}`);
    },
  },
  {
    name: "two sidecars in one pod",
    async judge(pod, manager) {
      await pod.startSidecar({ name: "hook-sidecar-0" });
      // In one folder for all sidecars, without a container name, only a flag can make the sockets' names differ.
      const args = pod.hookFolder === "one folder for all"
        ? ["--socket", `${HOOK_FOLDER}/eks-irsa-second.sock`]
        : [];
      await pod.startSidecar({ name: "hook-sidecar-1", args });
      await manager.collect(2);
      const { valid, userDataAfter } = await manager.preCloudInitIso(VMI);
      expect(valid, "IsValidCloudInitData says no");
      const parts = userDataAfter.toString().match(/^Content-Type: text\/cloud-boothook/gm) ?? [];
      expect(parts.length === 1, `our part is there ${parts.length} times`);
      const { filesystems } = await manager.onDefineDomain(VMI, DOMAIN);
      expect(filesystems.length === 1, `the device is there ${filesystems.length} times`);
    },
  },
  {
    name: "a sidecar that comes up late",
    async judge(pod, manager) {
      const collected = manager.collect(1);
      await new Promise((resolve) => setTimeout(resolve, 2_500));
      await pod.startSidecar({ name: "hook-sidecar-0" });
      await collected;
      expect((await manager.preCloudInitIso(VMI)).valid, "IsValidCloudInitData says no");
    },
  },
  ...(["SIGKILL", "SIGTERM"] as const).map((signal) => ({
    name: `a sidecar that is restarted between the calls, after ${signal}`,
    async judge(pod: Pod, manager: HookManager) {
      const first = await pod.startSidecar({ name: "hook-sidecar-0" });
      await manager.collect(1);
      expect((await manager.preCloudInitIso(VMI)).valid, "IsValidCloudInitData says no");
      first.kill(signal);
      await first.status;
      await pod.startSidecar({ name: "hook-sidecar-0" });
      const { filesystems } = await untilAnswered(() => manager.onDefineDomain(VMI, DOMAIN));
      expect(filesystems.length === 1, `the device is there ${filesystems.length} times`);
    },
  })),
  {
    name: "both hooks called again for the same VM",
    async judge(pod, manager) {
      await pod.startSidecar({ name: "hook-sidecar-0" });
      await manager.collect(1);
      const first = await manager.preCloudInitIso(VMI);
      const second = await manager.preCloudInitIso(VMI);
      expect(first.userDataAfter.equals(second.userDataAfter), "the second user data differs");
      const domain = await manager.onDefineDomain(VMI, DOMAIN);
      const again = await manager.onDefineDomain(VMI, domain.domain);
      expect(again.filesystems.length === 1, "a patched domain gets the device once more");
    },
  },
  {
    name: "500 calls, each over a connection of its own",
    async judge(pod, manager) {
      await pod.startSidecar({ name: "hook-sidecar-0" });
      await manager.collect(1);
      for (let call = 0; call < 500; call++) await manager.onDefineDomain(VMI, DOMAIN);
    },
  },
  {
    name: "Shutdown ends the process with exit code 0 and takes the socket away",
    async judge(pod, manager) {
      const sidecar = await pod.startSidecar({ name: "hook-sidecar-0" });
      await manager.collect(1);
      await manager.shutdown();
      const { code } = await sidecar.status;
      expect(code === 0, `the exit code is ${code}`);
      const entries = await pod.entriesOf("hook-sidecar-0");
      expect(entries.length === 0, `the folder still holds ${entries.join(", ")}`);
    },
  },
  ...(["v1alpha1", "v1alpha2", "v1alpha3"] as const).map((version) => ({
    name: `--version ${version}`,
    async judge(pod: Pod, manager: HookManager) {
      await pod.startSidecar({ name: "hook-sidecar-0", args: ["--version", version] });
      await manager.collect(1);
      const { filesystems } = await manager.onDefineDomain(VMI, DOMAIN);
      expect(filesystems.length === 1, `the device is there ${filesystems.length} times`);
      const { userDataBefore, userDataAfter } = await manager.preCloudInitIso(VMI);
      const changed = !userDataBefore.equals(userDataAfter);
      expect(changed === (version !== "v1alpha1"), `user data changed: ${changed}`);
      await manager.shutdown();
    },
  })),
  {
    name: "a VM without a role is left as it is, gzip user data too",
    async judge(pod, manager) {
      await pod.startSidecar({ name: "hook-sidecar-0", env: { AWS_REGION: "eu-central-1" } });
      await manager.collect(1);
      const gzip = "H4sIAAAAAAAAA1NOzskvTdFNzs9Ly0znAgAvzLkfDgAAAA==";
      const vmi = vmiWith({ cloudInitNoCloud: { userDataBase64: gzip } });
      const { userDataBefore, userDataAfter } = await manager.preCloudInitIso(vmi);
      expect(userDataBefore.equals(userDataAfter), "the user data was changed");
      const { sent, domain } = await manager.onDefineDomain(vmi, DOMAIN);
      expect(sent === domain, "the domain was changed");
    },
  },
  {
    name: "--hooks onDefineDomain for a VM without a cloud-init volume",
    async judge(pod, manager) {
      await pod.startSidecar({ name: "hook-sidecar-0", args: ["--hooks", "onDefineDomain"] });
      await manager.collect(1);
      const { filesystems } = await manager.onDefineDomain(vmiWith(undefined), DOMAIN);
      expect(filesystems.length === 1, `the device is there ${filesystems.length} times`);
    },
  },
];

/** Retries, as virt-launcher does: a restarted sidecar takes a moment to listen. */
async function untilAnswered<T>(call: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 10_000;
  while (true) {
    try {
      return await call();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
