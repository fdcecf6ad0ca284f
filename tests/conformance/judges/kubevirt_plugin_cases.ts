import { parse } from "yaml";
import type { HookManagerProgram } from "../install/kubevirt_manager.ts";
import { runProgram } from "../install/run_program.ts";
import { HookManager } from "./hook_manager.ts";
import { ask, type Bench, type Case, expect } from "./judge.ts";
import { Pod } from "./pod.ts";
import { vmiWith } from "./vmi.ts";

/** A Plugin for no VM. KubeVirt nevertheless rewrites the domain of every VM. */
const PLUGIN_FOR_NO_VM = {
  metadata: { name: "for-no-vm" },
  spec: { condition: "false", domainHooks: [{ cel: { expression: "Domain{}" } }] },
};

/** Strings from constants, and from what CEL sees of a VM. */
const PLUGIN_WITH_OEM_STRINGS = {
  metadata: { name: "oem-strings" },
  spec: {
    domainHooks: [{
      cel: {
        expression: `Domain{SysInfo: [DomainSysInfo{SMBIOS: DomainSysInfoSMBIOS{
          System: domainSpec.SysInfo[0].SMBIOS.System,
          OEMStrings: DomainSysInfoOEMStrings{Entry: [
            "io.systemd.credential:constant=1",
            "io.systemd.credential:role=" + vmi.Annotations["example/role"]]}}}]}`,
      },
    }],
  },
};

/** What a Plugin in the cluster takes from the domain that the sidecar returned, and what an example puts back. */
export async function pluginCases(
  { program, hookFolder }: HookManagerProgram,
  pluginsProgram: string,
  bench: Bench,
): Promise<readonly Case[]> {
  await using pod = await Pod.create(hookFolder);
  await pod.startSidecar({ name: "hook-sidecar-0", args: ["--hooks", "onDefineDomain"] });
  const manager = new HookManager(pod, program);
  await manager.collect(1);
  const vmi = vmiWith(undefined);
  const fromSidecar = async (file: string) => {
    const path = `${bench.repository}/tests/conformance/domains/${file}`;
    return (await manager.onDefineDomain(vmi, await Deno.readTextFile(path))).domain;
  };
  const define = async (domain: string, vmi: unknown, ...plugins: readonly unknown[]) => {
    const question = JSON.stringify({ plugins, vmi, domain });
    return (await runProgram([pluginsProgram, question])).stdout;
  };
  const example: unknown = parse(
    await Deno.readTextFile(`${bench.repository}/examples/plugin-device-address.yaml`),
  );

  const cases = [
    await ask("without a Plugin: the domain is defined as the sidecar returned it", async () => {
      const domain = await fromSidecar("x86_64-kvm.domain");
      expect(await define(domain, vmi) === domain, "it was changed");
      expect(ownDevice(domain).includes("<address"), "the sidecar gave the device no address");
      expect(count(domain, "eks-irsa-sidecar:gzip=") === 1, "the sidecar added no OEM strings");
    }),
    await ask("a Plugin for no VM: the device and the shared memory stay", async () => {
      const defined = await define(await fromSidecar("x86_64-kvm.domain"), vmi, PLUGIN_FOR_NO_VM);
      const device = ownDevice(defined);
      expect(device.includes('type="virtiofs"'), `the device is: ${device}`);
      expect(device.includes("aws-iam-token.sock"), `the device is: ${device}`);
      expect(defined.includes('<source type="memfd">'), "the memory is not memfd");
      expect(defined.includes('<access mode="shared">'), "the memory is not shared");
    }),
    // If a release of KubeVirt keeps them, check's rule gate-plugins and the documents have to say from which on.
    await ask("a Plugin for no VM: the device's address and oemStrings are lost", async () => {
      const defined = await define(await fromSidecar("x86_64-kvm.domain"), vmi, PLUGIN_FOR_NO_VM);
      expect(!ownDevice(defined).includes("<address"), "the address has stayed");
      expect(!defined.includes("oemStrings"), "oemStrings have stayed");
      expect(!defined.includes("eks-irsa-sidecar:"), "a string has stayed");
    }),
    await ask("examples/plugin-device-address.yaml leaves an address that is taken", async () => {
      const domain = await fromSidecar("x86_64-root-complex.domain");
      const defined = await define(domain, vmi, PLUGIN_FOR_NO_VM, example);
      expect(!ownDevice(defined).includes("<address"), "the device has an address");
    }),
    await ask("CEL writes oemStrings only from constants and the VMI", async () => {
      const annotated = structuredClone(vmi);
      Object.assign(annotated.metadata as object, { annotations: { "example/role": "app" } });
      const domain = await fromSidecar("x86_64-kvm.domain");
      const defined = await define(domain, annotated, PLUGIN_WITH_OEM_STRINGS);
      const strings = [...defined.matchAll(/<entry>(.*?)<\/entry>/g)].map(([, text]) => text);
      expect(
        strings.join() === "io.systemd.credential:constant=1,io.systemd.credential:role=app",
        `the strings are: ${strings.join()}`,
      );
    }),
  ];
  for (const file of ["x86_64-kvm.domain", "x86_64-numa.domain", "arm64-kvm.domain"]) {
    cases.push(
      await ask(`examples/plugin-device-address.yaml puts the address back: ${file}`, async () => {
        const domain = await fromSidecar(file);
        const defined = await define(domain, vmi, PLUGIN_FOR_NO_VM, example);
        const [before, after] = [domain, defined].map((text) => addressIn(ownDevice(text)));
        expect(before !== "" && before === after, `the address was ${before} and is ${after}`);
        expect(
          count(defined, "<filesystem") === count(domain, "<filesystem"),
          `there are ${count(defined, "<filesystem")} file systems`,
        );
      }),
    );
  }
  return cases;
}

/** The sidecar's device in a domain. */
function ownDevice(domain: string): string {
  const devices = [...domain.matchAll(/<filesystem [^]*?<\/filesystem>/g)].map(([text]) => text);
  const [own, second] = devices.filter((text) => text.includes('dir="aws-iam-token"'));
  expect(own !== undefined && second === undefined, "it has not exactly one device of the sidecar");
  return own;
}

function addressIn(device: string): string {
  return /<address [^/>]*/.exec(device)?.[0] ?? "";
}

function count(text: string, word: string): number {
  return text.split(word).length - 1;
}
