import assert from "node:assert/strict";
import { linuxGuest } from "../../../../src/guest/linux/guest.ts";
import { inEachShell } from "../../../support/in_each_shell.ts";
import { BLOCK, boothookFor, SETTINGS } from "../../../support/linux_settings.ts";
import { programPath } from "../../../support/scratch_guest.ts";

inEachShell("without the share the guest boots, and says what is missing", async (guest) => {
  const logged = await guest.boot(boothookFor(SETTINGS));
  assert.match(guest.read("etc/environment"), /AWS_ROLE_ARN/);
  assert.match(logged, /virtiofs share aws-iam-token cannot be mounted/);
});

/** What the files of a guest's kernel say, and the cause that the message names. */
const CAUSES: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
  ["nothing is known of the kernel", {}, ""],
  [
    "the kernel has no virtiofs",
    { "proc/filesystems": "nodev\tsysfs\n\text4\nnodev\tnot-virtiofs\n" },
    " This guest's kernel has no virtiofs, or cannot load it.",
  ],
  [
    "the VM has other virtio devices only",
    {
      "proc/filesystems": "nodev\tvirtiofs\n",
      "sys/bus/virtio/devices/virtio0/device": "0x0001\n",
    },
    " The VM has no virtiofs device.",
  ],
  [
    "the kernel does not tell the tags",
    { "sys/bus/virtio/devices/virtio0/device": "0x001a\n" },
    " The VM has a virtiofs device: it may have another tag, or this guest refuses the mount.",
  ],
  [
    "the kernel does not tell the tags, and SELinux is enforcing",
    { "sys/bus/virtio/devices/virtio0/device": "0x001a\n", "sys/fs/selinux/enforce": "1" },
    " The VM has a virtiofs device: it may have another tag, or this guest refuses the mount, perhaps by " +
    "SELinux, which is enforcing.",
  ],
  [
    "the device has another tag",
    {
      "sys/bus/virtio/devices/virtio0/device": "0x001a\n",
      "sys/fs/virtiofs/0/tag": "not-aws-iam-token\n",
      "sys/fs/selinux/enforce": "1",
    },
    " The VM has no virtiofs device with this tag.",
  ],
  [
    "the device is there",
    {
      "sys/bus/virtio/devices/virtio0/device": "0x0001\n",
      "sys/bus/virtio/devices/virtio1/device": "0x001a\n",
      "sys/fs/virtiofs/0/tag": "serviceaccount-fs\n",
      "sys/fs/virtiofs/1/tag": "aws-iam-token\n",
      "sys/fs/selinux/enforce": "0",
    },
    " The VM has the device: this guest refuses the mount.",
  ],
];

for (const [what, files, cause] of CAUSES) {
  inEachShell(`a share that cannot be mounted: ${what}`, async (guest) => {
    for (const [path, content] of Object.entries(files)) {
      Deno.mkdirSync(`${guest.root}/${path.slice(0, path.lastIndexOf("/"))}`, { recursive: true });
      guest.write(path, content);
    }
    guest.replaceProgram("mount", MOUNT_FAILS);
    assert.equal(
      (await guest.boot(boothookFor(SETTINGS))).replaceAll(guest.root, "ROOT"),
      "aws-iam-token: The virtiofs share aws-iam-token cannot be mounted at ROOT/aws-iam-token." +
        `${cause} mount says: mount: /aws-iam-token: it fails. More: [1mred\n`,
    );
  });
}

/** Several lines of several words, with control characters. */
const MOUNT_FAILS =
  `printf 'mount: /aws-iam-token: it fails.\\n\\n \\tMore: \\033[1mred\\r\\n' >&2; exit 32`;

inEachShell("without mount nothing is said of the kernel", async (guest) => {
  Deno.mkdirSync(`${guest.root}/proc`);
  guest.write("proc/filesystems", "\text4\n");
  guest.replaceProgram("mount", "echo 'mount: not found' >&2; exit 127");
  assert.match(
    await guest.boot(boothookFor(SETTINGS)),
    /cannot be mounted at \S+\/aws-iam-token\. mount says: mount: not found\n$/,
  );
});

inEachShell("what cat says of a token that it cannot copy is handed on", async (guest) => {
  guest.shareToken("t");
  guest.replaceProgram("sleep", "exit 0");
  guest.replaceProgram("cat", "echo 'cat: it fails' >&2; exit 1");
  assert.match(
    await guest.boot(boothookFor(SETTINGS)),
    /holds no token that can be read and copied to \S+\. cat says: cat: it fails\n$/,
  );
});

for (
  const [readers, folder, file] of [
    ["root", "700", "400"],
    ["group:root", "750", "440"],
    ["group:nobody-has-this", "700", "400"],
  ] as const
) {
  inEachShell(`the token's readers are ${readers}`, async (guest) => {
    guest.shareToken("t");
    await guest.boot(boothookFor({ ...SETTINGS, tokenReaders: readers }));
    if (readers === "group:root" && Deno.uid() !== 0) return;
    assert.equal(guest.mode("run/aws-iam-token"), folder);
    assert.equal(guest.mode("run/aws-iam-token/token"), file);
  });
}

inEachShell("the kubelet's new token replaces the old one in one step", async (guest) => {
  guest.shareToken("old");
  await guest.boot(boothookFor(SETTINGS));
  guest.shareToken("new");
  await guest.boot(boothookFor(SETTINGS));
  assert.equal(guest.read("run/aws-iam-token/token"), "new");
});

inEachShell("a group's reader is let in at the moment of the swap", async (guest) => {
  // Only root can give a file to a group, and become another user to read it.
  if (Deno.uid() !== 0 || programPath("setpriv") === undefined) return;
  // After each swap, and before the refresher goes on, a member of the group reads the token.
  guest.replaceProgram(
    "mv",
    `/bin/mv "$@" || exit
setpriv --reuid=65534 --regid=65534 --groups=1 /bin/cat "$3" >>"$EKS_IRSA_ROOT/reads" 2>&1`,
  );
  Deno.chmodSync(guest.root, 0o711);
  guest.write("etc/environment", BLOCK);
  for (const token of ["first;", "second;"]) {
    guest.shareToken(token);
    await guest.boot(boothookFor({ ...SETTINGS, tokenReaders: "group:daemon" }));
  }
  assert.equal(guest.read("reads"), "first;second;");
});

inEachShell("a copy that breaks off in the middle is not published", async (guest) => {
  guest.replaceProgram("sleep", "exit 0");
  guest.shareToken("old-token");
  await guest.boot(boothookFor(SETTINGS));
  guest.shareToken("new-token");
  guest.replaceProgram("cat", `head -c 4 "$1"; exit 1`);
  const logged = await guest.boot(boothookFor(SETTINGS));
  assert.equal(guest.read("run/aws-iam-token/token"), "old-token");
  assert.deepEqual(guest.names("run/aws-iam-token"), ["token"]);
  assert.match(logged, /holds no token that can be read and copied/);
});

inEachShell("two that publish at once do not publish the other's half copy", async (guest) => {
  // While one is about to swap, another has copied half of the token.
  guest.replaceProgram(
    "mv",
    `run=$EKS_IRSA_ROOT/run
if [ -n "\${OTHER-}" ] || [ ! -d "$run/aws-iam-token" ]; then exec /bin/mv "$@"; fi
OTHER=1 sh "$run/eks-irsa-sidecar/refresh.sh" once &
waits=0
until [ -e "$run/half" ]; do sleep 0.1; waits=$((waits + 1)); [ "$waits" -lt 50 ] || exit 1; done
/bin/mv "$@"
cp "$run/aws-iam-token/token" "$EKS_IRSA_ROOT/seen"
: >"$run/seen"
wait`,
  );
  guest.replaceProgram(
    "cat",
    `[ -n "\${OTHER-}" ] || exec /bin/cat "$@"
head -c 4 "$1"
: >"$EKS_IRSA_ROOT/run/half"
waits=0
until [ -e "$EKS_IRSA_ROOT/run/seen" ]; do sleep 0.1; waits=$((waits + 1)); [ "$waits" -lt 50 ] || exit 1; done
tail -c +5 "$1"`,
  );
  guest.write("etc/environment", BLOCK);
  guest.shareToken("whole-token");
  await guest.boot(boothookFor(SETTINGS));
  assert.equal(guest.read("seen"), "whole-token");
  assert.equal(guest.read("run/aws-iam-token/token"), "whole-token");
  assert.deepEqual(guest.names("run/aws-iam-token"), ["token"]);
});

inEachShell("what a publisher left that was ended is removed", async (guest) => {
  guest.shareToken("t");
  await guest.boot(boothookFor(SETTINGS));
  // No process has this number: the kernel's largest is 4194304.
  guest.write("run/aws-iam-token/.token.4194305", "half");
  await guest.boot(boothookFor(SETTINGS));
  assert.deepEqual(guest.names("run/aws-iam-token"), ["token"]);
});

inEachShell("a group that comes later reads the token that is there", async (guest) => {
  if (Deno.uid() !== 0) return;
  guest.shareToken("t");
  await guest.boot(boothookFor({ ...SETTINGS, tokenReaders: "group:nobody-has-this" }));
  await guest.boot(boothookFor({ ...SETTINGS, tokenReaders: "group:root" }));
  assert.equal(guest.mode("run/aws-iam-token/token"), "440");
  assert.equal(guest.mode("run/aws-iam-token"), "750");
  // The group before is no reader any more.
  await guest.boot(boothookFor({ ...SETTINGS, tokenReaders: "group:nobody-has-this" }));
  assert.equal(guest.mode("run/aws-iam-token"), "700");
});

inEachShell("an empty file is no token, and the published one stays", async (guest) => {
  guest.shareToken("good");
  await guest.boot(boothookFor(SETTINGS));
  guest.shareToken("");
  guest.replaceProgram("sleep", "exit 0");
  assert.match(await guest.boot(boothookFor(SETTINGS)), /holds no token that can be read/);
  assert.equal(guest.read("run/aws-iam-token/token"), "good");
  assert.deepEqual(guest.names("run/aws-iam-token"), ["token"]);
});

inEachShell("where not everyone reads the token, only root reaches the share", async (guest) => {
  guest.shareToken("t");
  const mountPath = linuxGuest.defaultMountPath("root");
  await guest.boot(boothookFor({ ...SETTINGS, mountPath, tokenReaders: "root" }));
  assert.equal(guest.read(`${mountPath}/token`), "t");
  assert.equal(guest.mode(mountPath.slice(0, mountPath.lastIndexOf("/"))), "700");
  assert.equal(guest.read("run/aws-iam-token/token"), "t");
});

inEachShell(
  "folders above a share that the owner placed are everyone's, whoever reads the token",
  async (guest) => {
    guest.shareToken("t");
    await guest.boot(boothookFor({ ...SETTINGS, mountPath: "/data/token", tokenReaders: "root" }));
    assert.equal(guest.mode("data"), "755");
    assert.equal(guest.mode("run/aws-iam-token"), "700");
  },
);
