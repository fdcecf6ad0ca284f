import assert from "node:assert/strict";
import { inEachShell } from "../../../support/in_each_shell.ts";
import { BLOCK, boothookFor, SETTINGS } from "../../../support/linux_settings.ts";
import { programPath, type ScratchGuest } from "../../../support/scratch_guest.ts";

const SETTINGS_DISK = ["config-2", "openstack/latest/user_data"] as const;

inEachShell("without systemd the refresher runs in the background", async (guest) => {
  withoutSystemd(guest);
  guest.shareToken("t");
  await guest.boot(boothookFor(SETTINGS));
  assert.equal(guest.read("run/aws-iam-token/token"), "t");
  assert.match(guest.read("run/eks-irsa-sidecar/pid"), /^\d+\n$/);
  assert.deepEqual(guest.calls().filter((call) => call.startsWith("systemctl")), []);
  // Once for the boot, and then for as long as the guest runs.
  assert.deepEqual(guest.calls().filter((call) => call.startsWith("sleep")), ["sleep 30"]);
});

for (
  const [what, name, isEnded] of [
    ["the refresher of before ends", "refresh.sh", true],
    ["a process that has its number by now goes on", "somebody-else", false],
  ] as const
) {
  inEachShell(`without systemd, ${what}`, async (guest) => {
    withoutSystemd(guest);
    guest.shareToken("t");
    Deno.mkdirSync(`${guest.root}/run/eks-irsa-sidecar`);
    const before = new Deno.Command("sh", {
      args: ["-c", `exec ${programPath("tail")} -f /dev/null ./${name}`],
      cwd: guest.root,
      stdout: "null",
      stderr: "null",
    }).spawn();
    guest.write(name, "");
    guest.write("run/eks-irsa-sidecar/pid", `${before.pid}\n`);
    await guest.boot(boothookFor(SETTINGS));
    const timer = setTimeout(() => before.kill("SIGKILL"), isEnded ? 10_000 : 0);
    const { signal } = await before.status;
    clearTimeout(timer);
    assert.equal(signal, isEnded ? "SIGTERM" : "SIGKILL");
  });
}

inEachShell("without systemd, a role that is lost takes the refresher with it", async (guest) => {
  withoutSystemd(guest);
  guest.shareToken("t");
  await guest.boot(boothookFor(SETTINGS));
  guest.attachDisk(...SETTINGS_DISK, "#cloud-config\n");
  await guest.boot(boothookFor(SETTINGS));
  assert.deepEqual(guest.names("run/eks-irsa-sidecar").includes("pid"), false);
  assert.deepEqual(guest.names("run").includes("aws-iam-token"), false);
});

inEachShell("where / cannot be changed the share is mounted below /run", async (guest) => {
  guest.replaceProgram(
    "mkdir",
    `failed=0
for folder; do
    case $folder in
    -p) ;;
    "$EKS_IRSA_ROOT/aws-iam-token") failed=1 ;;
    *) /bin/mkdir -p "$folder" ;;
    esac
done
exit "$failed"`,
  );
  guest.shareToken("t");
  await guest.boot(boothookFor(SETTINGS));
  assert.equal(guest.read("run/aws-iam-token/token"), "t");
  assert.equal(guest.mode("run/aws-iam-token"), "755");
  assert(guest.names("run/eks-irsa-sidecar/mount").includes("token"));
});

inEachShell("a share without the kubelet's links is read too", async (guest) => {
  Deno.mkdirSync(`${guest.root}/share`);
  guest.write("share/token", "t");
  await guest.boot(boothookFor(SETTINGS));
  assert.equal(guest.read("run/aws-iam-token/token"), "t");
});

inEachShell(
  "a token that cannot be put into place leaves the old one, and nothing else",
  async (guest) => {
    guest.shareToken("old");
    await guest.boot(boothookFor(SETTINGS));
    guest.shareToken("new");
    guest.replaceProgram("mv", "exit 1");
    assert.match(await guest.boot(boothookFor(SETTINGS)), /token at .* cannot be replaced/);
    assert.equal(guest.read("run/aws-iam-token/token"), "old");
    assert.deepEqual(guest.names("run/aws-iam-token"), ["token"]);
  },
);

inEachShell("a cloud-init disk without user data is passed over", async (guest) => {
  guest.shareToken("t");
  guest.attachDisk("cidata", "meta-data", "instance-id: i\n");
  guest.attachDisk(...SETTINGS_DISK, boothookFor(SETTINGS).body);
  await guest.boot(
    boothookFor({ ...SETTINGS, variables: new Map([["AWS_ROLE_ARN", "arn:first"]]) }),
  );
  assert.equal(guest.read("etc/environment"), BLOCK);
});

/** A guest with another init. What it leaves in the background ends at its first wait. */
function withoutSystemd(guest: ScratchGuest): void {
  Deno.removeSync(`${guest.root}/run/systemd`, { recursive: true });
  guest.write("the-end", "");
}
