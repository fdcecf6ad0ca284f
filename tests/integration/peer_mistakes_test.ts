/**
 * What goes wrong where a hook is a program that appends text (kubevirt/kubevirt pull request 14568): each
 * is a thing that this sidecar must get right.
 */
import assert from "node:assert/strict";
import { decodeBody, readEntity } from "../support/mime.ts";
import { LINUX, noCloudData } from "../support/kubevirt.ts";
import { partsOf, settingsIn } from "../support/guest_part.ts";
import { startSidecar } from "../support/sidecar.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";

async function theirPart(userData: string): Promise<string> {
  await using sidecar = await startSidecar();
  const launcher = new VirtLauncher(sidecar.socket);
  const { UserData } = await launcher.preCloudInitIso({
    vmi: {},
    cloudInitData: noCloudData(userData),
  });
  const [, theirs = ""] = partsOf(UserData);
  return new TextDecoder().decode(decodeBody(readEntity(theirs)));
}

Deno.test("a guest with EFI is not taken for Windows", async () => {
  await using sidecar = await startSidecar();
  const vmi = { spec: { domain: { firmware: { bootloader: { efi: { secureBoot: true } } } } } };
  const { UserData } = await new VirtLauncher(sidecar.socket).preCloudInitIso({ ...LINUX, vmi });
  assert.match(UserData, /text\/cloud-boothook/);
});

Deno.test("a shell script stays a shell script: no YAML is appended to it", async () => {
  assert.equal(await theirPart("#!/bin/sh\necho hello"), "#!/bin/sh\necho hello");
});

Deno.test("the owner's own write_files is not lost", async () => {
  const own = "#cloud-config\nwrite_files:\n- path: /etc/app\n  content: x\n  permissions: 0644\n";
  assert.equal(await theirPart(own), own);
});

Deno.test("the share is mounted by the guest, and the token's path exists in the guest", async () => {
  await using sidecar = await startSidecar();
  const { UserData } = await new VirtLauncher(sidecar.socket).preCloudInitIso(LINUX);
  const settings = settingsIn(UserData);
  assert.equal(settings.variables.AWS_WEB_IDENTITY_TOKEN_FILE, "/run/aws-iam-token/token");
  const [, refresher = ""] = UserData.split("\n#eks-irsa-refresher\n");
  assert.match(refresher, /mount -t virtiofs/);
  assert.match(refresher, /published=\$root\/run\/aws-iam-token/);
});

Deno.test("the role of today is used, not that of the first boot: our part runs on every boot", async () => {
  await using sidecar = await startSidecar();
  const { UserData } = await new VirtLauncher(sidecar.socket).preCloudInitIso(LINUX);
  const [ours = ""] = partsOf(UserData);
  assert.match(ours, /^Content-Type: text\/cloud-boothook/);
  assert.doesNotMatch(ours, /^(runcmd|write_files):/m);
});

Deno.test("the end of the devices is found by parsing, not by text search", async () => {
  await using sidecar = await startSidecar();
  const domainXml =
    "<domain><!-- </devices> --><devices/><metadata>&lt;/devices&gt;</metadata></domain>";
  const domain = await new VirtLauncher(sidecar.socket).onDefineDomain({ vmi: {}, domainXml });
  assert.match(domain, /<devices><filesystem .*<\/filesystem><\/devices><metadata>/);
});

Deno.test("the guest's memory is shared, without which virtiofs does not start", async () => {
  await using sidecar = await startSidecar();
  const domain = await new VirtLauncher(sidecar.socket).onDefineDomain(LINUX);
  assert.match(
    domain,
    /<memoryBacking><source type="memfd"\/><access mode="shared"\/><\/memoryBacking>/,
  );
});

Deno.test("1 MiB of user data is no argument list too long, and fits into virt-launcher's 4 MiB", async () => {
  await using sidecar = await startSidecar();
  const userData = `#cloud-config\n# ${"x".repeat(1 << 20)}\n`;
  const call = { vmi: { spec: { note: userData } }, cloudInitData: noCloudData(userData) };
  const response = await new VirtLauncher(sidecar.socket).callback("PreCloudInitIso", {
    cloudInitData: new TextEncoder().encode(JSON.stringify(call.cloudInitData)),
    cloudInitNoCloudSource: new TextEncoder().encode(JSON.stringify({ userData })),
    vmi: new TextEncoder().encode(JSON.stringify(call.vmi)),
  });
  const sizes = Object.values(response).map((field) =>
    field instanceof Uint8Array ? field.length : 0
  );
  assert(sizes.reduce((sum, size) => sum + size, 0) < 4 << 20);
});
