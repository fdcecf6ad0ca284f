/**
 * Mistakes of a hook that appends text to user data and domain (kubevirt/kubevirt pull request 14568). This sidecar
 * must not make them.
 */
import assert from "node:assert/strict";
import { ourPartOf, partsOf, settingsIn } from "../support/guest_part.ts";
import { LINUX, noCloudData } from "../support/kubevirt.ts";
import { decodeBody, readEntity } from "../support/mime.ts";
import { type ScratchGuest, scratchGuest } from "../support/scratch_guest.ts";
import { IRSA_ENVIRONMENT, startSidecar } from "../support/sidecar.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";

async function theirPart(userData: string): Promise<string> {
  await using sidecar = await startSidecar();
  const launcher = new VirtLauncher(sidecar.socket);
  const { UserData } = await launcher.preCloudInitIso({
    vmi: {},
    cloudInitData: noCloudData(userData),
  });
  return theirsIn(UserData);
}

function theirsIn(userData: string): string {
  const [, theirs = ""] = partsOf(userData);
  return new TextDecoder().decode(decodeBody(readEntity(theirs)));
}

function inLinuxGuest(
  name: string,
  body: (guest: ScratchGuest, test: Deno.TestContext) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: Deno.build.os !== "linux",
    async fn(test) {
      await using guest = await scratchGuest("sh");
      await body(guest, test);
    },
  });
}

/** The user data of a VM that starts with a role. */
async function userDataWithRole(role: string): Promise<string> {
  await using sidecar = await startSidecar({ env: { ...IRSA_ENVIRONMENT, AWS_ROLE_ARN: role } });
  return (await new VirtLauncher(sidecar.socket).preCloudInitIso(LINUX)).UserData;
}

Deno.test("EFI is no hint of Windows", async () => {
  await using sidecar = await startSidecar();
  const vmi = { spec: { domain: { firmware: { bootloader: { efi: { secureBoot: true } } } } } };
  const { UserData } = await new VirtLauncher(sidecar.socket).preCloudInitIso({ ...LINUX, vmi });
  assert.match(UserData, /text\/cloud-boothook/);
});

Deno.test("a shell script stays a shell script: no YAML is appended to it", async () => {
  assert.equal(await theirPart("#!/bin/sh\necho hello"), "#!/bin/sh\necho hello");
});

Deno.test("the owner's write_files is not lost", async () => {
  const own = "#cloud-config\nwrite_files:\n- path: /etc/app\n  content: x\n  permissions: 0644\n";
  assert.equal(await theirPart(own), own);
});

inLinuxGuest(
  "the share is mounted by the guest, and the token's path exists in the guest",
  async (guest) => {
    const userData = await userDataWithRole("arn:aws:iam::111122223333:role/vm");
    const { mountTag, mountPath, variables } = settingsIn(userData);
    guest.shareToken("token-of-today");
    await guest.boot(ourPartOf(userData));
    assert(
      guest.calls().some((call) =>
        call.startsWith("mount -t virtiofs ") && call.endsWith(` ${mountTag} ROOT${mountPath}`)
      ),
    );
    const [tokenFile = ""] = await guest.sourceEnvironment(["AWS_WEB_IDENTITY_TOKEN_FILE"]);
    assert.equal(tokenFile, variables.AWS_WEB_IDENTITY_TOKEN_FILE);
    assert.equal(guest.read(tokenFile), "token-of-today");
  },
);

inLinuxGuest("the role of today is used, not that of the first boot", async (guest, test) => {
  const firstBoot = await userDataWithRole("arn:aws:iam::111122223333:role/first-boot");
  const today = await userDataWithRole("arn:aws:iam::111122223333:role/today");
  guest.shareToken("token");
  const boot = async (userData: string) => {
    const ours = ourPartOf(userData);
    // This is the only type that cloud-init runs on every boot.
    assert.equal(ours.type, "text/cloud-boothook");
    await guest.boot(ours);
    const [role = ""] = await guest.sourceEnvironment(["AWS_ROLE_ARN"]);
    assert(guest.systemdEnvironment().includes(`AWS_ROLE_ARN=${role}`));
    return role.replace(/.*\//, "");
  };
  await test.step("the first boot", async () => {
    assert.equal(await boot(firstBoot), "first-boot");
  });
  await test.step("NoCloud: cloud-init reads the disk anew", async () => {
    assert.equal(await boot(today), "today");
  });
  await test.step("ConfigDrive: cloud-init runs the first boot's copy", async () => {
    assert.equal(await boot(firstBoot), "first-boot");
    guest.attachDisk("config-2", "openstack/latest/user_data", today);
    assert.equal(await boot(firstBoot), "today");
  });
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

Deno.test("1 MiB of user data causes no argument list too long, and fits into virt-launcher's 4 MiB", async () => {
  await using sidecar = await startSidecar();
  const userData = `#cloud-config\n# ${"x".repeat(1 << 20)}\n`;
  // virt-launcher accepts gRPC's default of 4 MiB.
  const { cloudInitData, cloudInitNoCloudSource } = await new VirtLauncher(sidecar.socket)
    .preCloudInitIsoBoth({
      vmi: { spec: { note: userData } },
      cloudInitData: noCloudData(userData),
    });
  for (const carried of [cloudInitData.UserData, cloudInitNoCloudSource.userData ?? ""]) {
    assert.equal(settingsIn(carried).variables.AWS_ROLE_ARN, IRSA_ENVIRONMENT.AWS_ROLE_ARN);
    assert(theirsIn(carried) === userData, "The owner's own is not what it was");
  }
});
