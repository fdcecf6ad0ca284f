/** The demo's screen, read as somebody who sees it first: every line that tells something has to be true. */
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
  /** The type and the owner of each part, in their order. */
  readonly parts: readonly (readonly [string, string])[];
  readonly sharedMemory: string;
}[] = [
  {
    title: "A Linux VM starts",
    vm: LINUX,
    parts: [
      ["text/cloud-boothook", "the sidecar's"],
      ["text/plain", "the owner's own, byte for byte: #cloud-config …"],
      ["text/part-handler", "the sidecar's"],
    ],
    sharedMemory: '+ <memoryBacking><source type="memfd"/><access mode="shared"/></memoryBacking>',
  },
  {
    title: "A Windows VM starts",
    vm: WINDOWS,
    parts: [
      ["text/x-shellscript", "the sidecar's"],
      ["text/x-shellscript", "the owner's own, byte for byte: #ps1_sysnative …"],
    ],
    sharedMemory: '+ <source type="memfd"/><access mode="shared"/>',
  },
];

Deno.test("the demo shows what each VM gets, and whose each part of its user data is", async (test) => {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "demo"],
    cwd: repositoryPath("."),
    env: { NO_COLOR: "1" },
    stderr: "inherit",
  }).output();
  assert.equal(code, 0);
  const [opening = "", ...sections] = new TextDecoder().decode(stdout).split("\n\n");
  await test.step("the pod's role comes first", () => {
    assert(opening.includes(`AWS_ROLE_ARN=${IRSA_ENVIRONMENT.AWS_ROLE_ARN}`));
    assert.match(opening, /OnDefineDomain, PreCloudInitIso, Shutdown$/);
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
        [...section.matchAll(/^ +\d\. (\S+) +(.+)$/gm)].map(([, type, owner]) => [type, owner]),
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
    assert.match(sections.at(-1) ?? "", /Shutdown, and the sidecar ended with exit code 0\.\n$/);
  });
});
