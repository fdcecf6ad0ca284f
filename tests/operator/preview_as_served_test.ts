import assert from "node:assert/strict";
import { manifestCloudInit } from "../../src/operator/manifest/cloud_init.ts";
import { hookSidecars, ourSidecar } from "../../src/operator/manifest/hook_sidecars.ts";
import type { Manifest } from "../../src/operator/manifest/manifest.ts";
import { readManifestFiles } from "../../src/operator/manifest/read_files.ts";
import {
  type VirtualMachine,
  virtualMachineOf,
} from "../../src/operator/manifest/virtual_machine.ts";
import { admissionOf } from "../../src/operator/manifest_plan/manifest_admission.ts";
import { assumedDomain } from "../../src/operator/manifest_plan/assumed_domain.ts";
import { serveOptionsOf } from "../../src/operator/manifest_plan/manifest_plan.ts";
import { repositoryPath } from "../support/paths.ts";
import { POD_IDENTITY_ENVIRONMENT } from "../support/pod_identity.ts";
import { IRSA_ENVIRONMENT, runSidecar, startSidecar } from "../support/sidecar.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";

const ENVIRONMENTS = {
  "web identity": IRSA_ENVIRONMENT,
  "pod identity": POD_IDENTITY_ENVIRONMENT,
} as const;

const FOLDERS = ["examples", "tests/operator/manifests"];

for (const folder of FOLDERS) {
  for (const { name } of [...Deno.readDirSync(repositoryPath(folder))].sort(byName)) {
    if (!/\.(yaml|json)$/.test(name)) continue;
    const file = repositoryPath(`${folder}/${name}`);
    const manifests = await readManifestFiles([file]);
    const virtualMachines = manifests.flatMap((manifest) => virtualMachineOf(manifest) ?? []);
    const others = manifests.filter((manifest) => virtualMachineOf(manifest) === undefined);
    for (const virtualMachine of virtualMachines) {
      Deno.test(`preview of ${virtualMachine.manifest.name} in ${folder}/${name} shows what serve does`, async () => {
        await comparePreview(virtualMachine, others);
      });
    }
  }
}

/** Compares a preview with a running sidecar, which is called as virt-launcher calls it. */
async function comparePreview(
  written: VirtualMachine,
  others: readonly Manifest[],
): Promise<void> {
  const virtualMachine = {
    ...written,
    vmi: admissionOf(written, others, { hasRole: true }).admitted,
  };
  const { vmi, manifest } = virtualMachine;
  const env = ENVIRONMENTS[admissionOf(written, others).identity];
  const decoder = new TextDecoder();
  // Only this VM, because user data is printed for one.
  const stdin = [manifest, ...others].map(({ object }) => JSON.stringify(object)).join("\n");
  const preview = (output: string) =>
    runSidecar({ args: ["preview", "-", "--output", output], stdin, env });
  const args = ourSidecar(hookSidecars(vmi))?.args ?? [];
  await using sidecar = await startSidecar({ args, env });
  const launcher = new VirtLauncher(sidecar.socket, serveOptionsOf(args).versions[0]);

  const cloudInit = manifestCloudInit(virtualMachine, others);
  const userData = await preview("user-data");
  if (cloudInit === undefined || cloudInit.userData.kind === "secret") {
    assert.equal(userData.stdout, "");
  } else {
    // As Go's JSON has it.
    const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
    const original = cloudInit.userData;
    const served = await launcher.preCloudInitIso({
      vmi,
      cloudInitData: {
        NoCloudMetaData: { "instance-id": "00000000-0000-0000-0000-000000000000" },
        UserData: original.kind === "given" ? utf8.decode(original.bytes) : "",
        VolumeName: cloudInit.volumeName,
      },
    });
    assert.equal(userData.stdout, served.UserData);
  }

  const domainXml = decoder.decode(assumedDomain(vmi));
  const domain = await launcher.onDefineDomain({ vmi, domainXml });
  const [report] = JSON.parse((await preview("json")).stdout);
  const added = domain.split("\n").filter((line) => !domainXml.split("\n").includes(line));
  assert.deepEqual(
    report.domain.diff.filter((line: string) => line.startsWith("+")),
    added.map((line) => `+${line}`),
  );
}

function byName(one: Deno.DirEntry, other: Deno.DirEntry): number {
  return one.name < other.name ? -1 : 1;
}
