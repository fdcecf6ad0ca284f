import assert from "node:assert/strict";
import type { GuestPart } from "../../../../src/guest/guest.ts";
import { inEachShell } from "../../../support/in_each_shell.ts";
import { BLOCK, boothookFor, SETTINGS, withRole } from "../../../support/linux_settings.ts";
import type { ScratchGuest } from "../../../support/scratch_guest.ts";

const DECODED = /settings cannot be decoded/;

/** The boothook with another line of settings. */
function withSettings(change: (encoded: string) => string): GuestPart {
  const part = boothookFor(withRole("arn:broken"));
  return {
    ...part,
    body: part.body.replace(
      /^(#eks-irsa-settings: )(.*)$/m,
      (_line, marker, encoded) => marker + change(encoded),
    ),
  };
}

function withoutSettings(): GuestPart {
  const part = boothookFor(withRole("arn:broken"));
  return { ...part, body: part.body.replace(/^#eks-irsa-settings: .*\n/m, "") };
}

inEachShell(
  "the boothook writes the block, tells systemd and publishes the token",
  async (guest) => {
    guest.write("etc/environment", 'PATH="/usr/bin"\nno line break at the end');
    guest.shareToken("token-of-today");
    await guest.boot(boothookFor(SETTINGS));
    assert.equal(
      guest.read("etc/environment"),
      `PATH="/usr/bin"\nno line break at the end\n${BLOCK}`,
    );
    assert.equal(guest.read("run/aws-iam-token/token"), "token-of-today");
    assert.equal(guest.mode("run/aws-iam-token/token"), "444");
    assert.equal(guest.mode("run/aws-iam-token"), "755");
    assert.equal(guest.mode("run/eks-irsa-sidecar"), "700");
    const calls = guest.calls();
    assert(
      calls.includes(
        "mount -t virtiofs -o ro,nosuid,nodev,noexec aws-iam-token ROOT/aws-iam-token",
      ),
    );
    assert(calls.some((call) => call.startsWith("systemctl set-environment AWS_ROLE_ARN=arn:")));
    assert(calls.includes("systemctl --no-block restart aws-iam-token.service"));
    const unit = guest.read("run/systemd/system/aws-iam-token.service");
    assert.match(unit, /ExecStart=\/bin\/sh /);
    assert.match(unit, /^\[Unit\]\n(?:.+\n)*IgnoreOnIsolate=yes\n/);
  },
);

inEachShell("run twice, the boothook changes nothing", async (guest) => {
  guest.write("etc/environment", "LANG=C\n");
  guest.shareToken("t");
  await guest.boot(boothookFor(SETTINGS));
  const before = guest.inode("etc/environment");
  await guest.boot(boothookFor(SETTINGS));
  assert.equal(guest.read("etc/environment"), `LANG=C\n${BLOCK}`);
  assert.equal(guest.inode("etc/environment"), before);
});

/** A disk with a FAT file system may have its label in capitals. */
const DISKS = [
  ["cidata", "user-data"],
  ["CIDATA", "user-data"],
  ["config-2", "openstack/latest/user_data"],
  ["CONFIG-2", "openstack/latest/user_data"],
] as const;

for (const [label, file] of DISKS) {
  inEachShell(`the attached disk ${label} wins over what the boothook carries`, async (guest) => {
    guest.shareToken("t");
    guest.attachDisk(label, file, boothookFor(withRole("arn:today")).body);
    await guest.boot(boothookFor(withRole("arn:first-boot")));
    assert.match(guest.read("etc/environment"), /^AWS_ROLE_ARN=arn:today$/m);
    assert(guest.calls().includes("umount ROOT/run/eks-irsa-sidecar/disk"));
  });
}

inEachShell("a disk whose user data has no role takes the role away", async (guest) => {
  guest.write("etc/environment", "LANG=C\n");
  guest.shareToken("t");
  await guest.boot(boothookFor(SETTINGS));
  guest.attachDisk("config-2", "openstack/latest/user_data", "#cloud-config\n");
  await guest.boot(boothookFor(SETTINGS));
  assert.equal(guest.read("etc/environment"), "LANG=C\n");
  assert.throws(() => guest.read("run/aws-iam-token/token"), Deno.errors.NotFound);
  const calls = guest.calls();
  assert(calls.includes("systemctl unset-environment AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE"));
  assert(calls.includes("systemctl --no-block stop aws-iam-token.service"));
});

/** A label, and where such a disk has its user data. */
type Disk = readonly [string, string];

const CIDATA: Disk = ["cidata", "user-data"];
const CONFIG_DRIVE: Disk = ["config-2", "openstack/latest/user_data"];
const AUTOINSTALL = "#cloud-config\nautoinstall: {version: 1}\n";

for (
  const [left, ours] of [[CIDATA, CONFIG_DRIVE], [CONFIG_DRIVE, CIDATA]] satisfies [Disk, Disk][]
) {
  inEachShell(`a disk ${left[0]} that was left in the image takes no role away`, async (guest) => {
    guest.shareToken("t");
    guest.attachDisk(...left, AUTOINSTALL);
    guest.attachDisk(...ours, boothookFor(withRole("arn:today")).body);
    await guest.boot(boothookFor(withRole("arn:first-boot")));
    assert.match(guest.read("etc/environment"), /^AWS_ROLE_ARN=arn:today$/m);
    assert.equal(guest.read("run/aws-iam-token/token"), "t");
    // The boot waits for every program.
    assert(!guest.calls().includes("blkid "));
  });
}

inEachShell(
  "of two disks with one label the one that udev has no link to is found",
  async (guest) => {
    guest.shareToken("t");
    guest.attachDisk(...CIDATA, AUTOINSTALL);
    guest.attachUnlinkedDisk("root", "etc/hostname", "vm\n");
    guest.attachUnlinkedDisk(...CIDATA, AUTOINSTALL);
    guest.attachUnlinkedDisk(...CIDATA, boothookFor(withRole("arn:today")).body);
    await guest.boot(boothookFor(withRole("arn:first-boot")));
    assert.match(guest.read("etc/environment"), /^AWS_ROLE_ARN=arn:today$/m);
    assert.equal(guest.read("run/aws-iam-token/token"), "t");
    assert(!guest.calls().some((call) => /^mount .*\/vda/.test(call)));
  },
);

inEachShell("several disks without a role take it away", async (guest) => {
  guest.write("etc/environment", `LANG=C\n${BLOCK}`);
  guest.attachDisk(...CIDATA, AUTOINSTALL);
  guest.attachUnlinkedDisk(...CONFIG_DRIVE, "#cloud-config\n");
  await guest.boot(boothookFor(SETTINGS));
  assert.equal(guest.read("etc/environment"), "LANG=C\n");
});

inEachShell("a disk that cannot be mounted is told of, and takes no role away", async (guest) => {
  guest.shareToken("t");
  guest.attachDisk(...CIDATA, AUTOINSTALL);
  guest.attachDisk(...CONFIG_DRIVE, boothookFor(withRole("arn:today")).body);
  Deno.renameSync(
    `${guest.root}/bin/mount`,
    `${guest.root}/bin/mount-of-the-guest`,
  );
  guest.replaceProgram(
    "mount",
    `case "$*" in
*config-2*) printf 'mount: permission denied.\\nMore.\\n' >&2; exit 32 ;;
*) exec "$EKS_IRSA_ROOT/bin/mount-of-the-guest" "$@" ;;
esac`,
  );
  await guest.boot(boothookFor(withRole("arn:first-boot")));
  assert.match(guest.read("etc/environment"), /^AWS_ROLE_ARN=arn:first-boot$/m);
  assert.deepEqual(guest.calls().filter((call) => call.startsWith("logger")), [
    "logger -t aws-iam-token -- The cloud-init disk config-2 cannot be mounted (mount: permission denied.): " +
    "the settings that cloud-init has kept are used.",
  ]);
});

/** What goes wrong with the settings, how, and words of the one line that says so. */
const MISHAPS: readonly (readonly [string, (guest: ScratchGuest) => GuestPart, RegExp])[] = [
  ["are not base64", () => withSettings((line) => line.replace(/.{9}$/, "*********")), DECODED],
  ["are cut short", () => withSettings((line) => line.slice(0, -9)), DECODED],
  ["are cut short between two bytes", () => withSettings((line) => line.slice(0, 120)), DECODED],
  ["are of something else", () => withSettings(() => btoa('{\n "a": "b"\n}')), DECODED],
  ["are empty", () => withSettings(() => ""), DECODED],
  ["are not there", () => withoutSettings(), /No settings can be taken from /],
  ["on the disk are not base64", (guest) => {
    guest.attachDisk(...CONFIG_DRIVE, withSettings(() => "*").body);
    return boothookFor(withRole("arn:first-boot"));
  }, DECODED],
  ["on the disk cannot be copied", (guest) => {
    guest.attachDisk(...CONFIG_DRIVE, boothookFor(SETTINGS).body);
    guest.replaceProgram("sed", "exit 4");
    return boothookFor(withRole("arn:first-boot"));
  }, /settings on the disk config-2 cannot be taken/],
  ["cannot be copied", (guest) => {
    guest.replaceProgram("sed", "exit 4");
    return boothookFor(withRole("arn:first-boot"));
  }, /No settings can be taken from /],
  ["have no place", (guest) => {
    Deno.removeSync(`${guest.root}/run/eks-irsa-sidecar`, { recursive: true });
    guest.write("run/eks-irsa-sidecar", "");
    return boothookFor(withRole("arn:first-boot"));
  }, /eks-irsa-sidecar cannot be made/],
];

for (const [mishap, boothook, line] of MISHAPS) {
  inEachShell(`settings that ${mishap} change nothing`, async (guest) => {
    guest.write("etc/environment", "LANG=C\n");
    guest.shareToken("t");
    await guest.boot(boothookFor(SETTINGS));
    const before = guest.calls().length;
    await guest.boot(boothook(guest));
    assert.equal(guest.read("etc/environment"), `LANG=C\n${BLOCK}`);
    assert.equal(guest.read("run/aws-iam-token/token"), "t");
    const calls = guest.calls().slice(before);
    assert.deepEqual(calls.filter((call) => call.startsWith("systemctl")), []);
    const said = calls.filter((call) => call.startsWith("logger"));
    assert.equal(said.length, 1);
    assert.match(said[0] ?? "", line);
  });
}
