/** What the demo prints: every line is compared with the sidecar. */
import assert from "node:assert/strict";
import { settingsIn } from "../support/guest_part.ts";
import { LINUX, WINDOWS } from "../support/kubevirt.ts";
import { repositoryPath } from "../support/paths.ts";
import { IRSA_ENVIRONMENT, startSidecar } from "../support/sidecar.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";

const DEVICE = '+ <filesystem type="mount" accessmode="passthrough"><driver type="virtiofs"';

const VMS: readonly {
  readonly title: string;
  readonly vm: typeof LINUX | typeof WINDOWS;
  /** The type and the source of each part, in their order. */
  readonly parts: readonly (readonly [string, string])[];
  readonly sharedMemory: string;
}[] = [
  {
    title: "A Linux VM starts",
    vm: LINUX,
    parts: [
      ["text/cloud-boothook", "added by the sidecar"],
      ["text/plain", "the VM's own user data, unchanged: #cloud-config …"],
      ["text/part-handler", "added by the sidecar"],
    ],
    sharedMemory: '+ <memoryBacking><source type="memfd"/><access mode="shared"/></memoryBacking>',
  },
  {
    title: "A Windows VM starts",
    vm: WINDOWS,
    parts: [
      ["text/x-shellscript", "added by the sidecar"],
      ["text/x-shellscript", "the VM's own user data, unchanged: #ps1_sysnative …"],
    ],
    sharedMemory: '+ <source type="memfd"/><access mode="shared"/>',
  },
];

Deno.test("the demo shows what each VM gets, and where each part of its user data is from", async (test) => {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "demo"],
    cwd: repositoryPath("."),
    env: { NO_COLOR: "1" },
    stderr: "inherit",
  }).output();
  assert.equal(code, 0);
  const [introduction = "", ...sections] = new TextDecoder().decode(stdout).split("\n\n");
  await test.step("the pod's role comes first", () => {
    assert(introduction.includes(`AWS_ROLE_ARN=${IRSA_ENVIRONMENT.AWS_ROLE_ARN}`));
    assert.match(introduction, /OnDefineDomain, PreCloudInitIso, Shutdown$/);
  });
  await using sidecar = await startSidecar();
  const launcher = new VirtLauncher(sidecar.socket);
  for (const [index, { title, vm, parts, sharedMemory }] of VMS.entries()) {
    await test.step(title, async () => {
      const section = sections[index] ?? "";
      const lines = section.split("\n").map((line) => line.trim());
      const { mountTag, mountPath, variables } = settingsIn(
        (await launcher.preCloudInitIso(vm)).UserData,
      );
      assert(section.startsWith(title));
      assert.deepEqual(
        [...section.matchAll(/^ +\d\. (\S+) +(.+)$/gm)].map(([, type, source]) => [type, source]),
        parts,
      );
      assert(section.includes(`the virtiofs tag ${mountTag} is mounted at ${mountPath},`));
      assert(section.includes(`published at ${variables.AWS_WEB_IDENTITY_TOKEN_FILE},`));
      for (const [name, value] of Object.entries(variables)) {
        assert(lines.includes(`${name}=${value}`), name);
      }
      assert.notEqual(
        variables.AWS_WEB_IDENTITY_TOKEN_FILE,
        IRSA_ENVIRONMENT.AWS_WEB_IDENTITY_TOKEN_FILE,
      );
      assert(lines.some((line) => line.startsWith(DEVICE) && line.includes(`"${mountTag}"`)));
      assert(lines.includes(sharedMemory));
    });
  }
  await test.step("the end", () => {
    assert.match(sections.at(-1) ?? "", /after Shutdown the sidecar ended with exit code 0\.\n$/);
  });
});
