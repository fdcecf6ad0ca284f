import assert from "node:assert/strict";
import type { GuestPart } from "../../../../src/guest/guest.ts";
import { replaceSettings } from "../../../support/guest_part.ts";
import { inEachShell } from "../../../support/in_each_shell.ts";
import { BLOCK, boothookFor, SETTINGS, withRole } from "../../../support/linux_settings.ts";
import { repositoryPath } from "../../../support/paths.ts";
import type { ScratchGuest } from "../../../support/scratch_guest.ts";

// A ConfigDrive guest runs the boothook of its first boot, and finds the disk of today beside it.
const CONFIG_DRIVE = ["config-2", "openstack/latest/user_data"] as const;

/** What release 0.1.0 wrote for SETTINGS: JSON, and no number of its format. */
const RELEASE_0_1_0: GuestPart = {
  ...boothookFor(SETTINGS),
  body: Deno.readTextFileSync(repositoryPath("tests/fixtures/boothook-0.1.0.txt")),
};

/** User data as a later release could write it: another role.sh, and settings in this format. */
function laterRelease(format: number): string {
  return replaceSettings(
    boothookFor(withRole("arn:today")).body,
    (text) => replaceOnce(text, "FORMAT=2\n", `FORMAT=${format}\n`),
  ).replace("\n#eks-irsa-role\n", "\n#eks-irsa-role\nlogger 'This is a later release.'\n");
}

/** The same for a format of its own, which its role.sh knows. */
const LATER_FORMAT = replaceOnce(
  laterRelease(3),
  `[ "$format" = 2 ]`,
  `[ "$format" = 3 ]`,
);

for (
  const [what, userData] of [
    ["a fix of the script", laterRelease(2)],
    ["another format of the settings", LATER_FORMAT],
  ] as const
) {
  inEachShell(
    `a later release with ${what} runs in a guest that began with this one`,
    async (guest) => {
      guest.shareToken("t");
      await guest.boot(boothookFor(SETTINGS));
      const before = guest.calls().length;
      guest.attachDisk(...CONFIG_DRIVE, userData);
      await guest.boot(boothookFor(SETTINGS));
      assert.equal(guest.read("etc/environment"), BLOCK.replace(/arn:aws\S+/, "arn:today"));
      assert.equal(guest.read("run/aws-iam-token/token"), "t");
      assert.deepEqual(loggedSince(guest, before), ["logger This is a later release."]);
    },
  );
}

/** Disks that a boothook can make nothing of, and what it says. */
const DISKS: readonly (readonly [string, GuestPart, string, string])[] = [
  [
    "0.1.0 and the disk is this one's",
    RELEASE_0_1_0,
    boothookFor(withRole("arn:today")).body,
    "The settings in the cloud-init data cannot be decoded",
  ],
  [
    "0.1.0 and the disk is a later one's",
    RELEASE_0_1_0,
    LATER_FORMAT,
    "The settings in the cloud-init data cannot be decoded",
  ],
  [
    "this one and the disk is 0.1.0's",
    boothookFor(SETTINGS),
    RELEASE_0_1_0.body,
    "The settings on the disk config-2 cannot be taken",
  ],
  ...["#eks-irsa-role", "#eks-irsa-refresher", "#eks-irsa-end"].map((marker) =>
    [
      `this one and the disk's user data ends before ${marker}`,
      boothookFor(SETTINGS),
      LATER_FORMAT.slice(0, LATER_FORMAT.indexOf(`${marker}\n`)),
      "The settings on the disk config-2 cannot be taken",
    ] as const
  ),
  [
    "this one and the disk's script does not know the format of its settings",
    boothookFor(SETTINGS),
    replaceOnce(laterRelease(3), "logger 'This is a later release.'\n", ""),
    "The settings have the format 3, which this script does not know",
  ],
];

for (const [what, firstBoot, userData, words] of DISKS) {
  inEachShell(
    `where the release of the first boot is ${what}, nothing changes, and the journal says why`,
    async (guest) => {
      guest.write("etc/environment", "LANG=C\n");
      guest.shareToken("t");
      await guest.boot(firstBoot);
      assert.equal(guest.read("etc/environment"), `LANG=C\n${BLOCK}`);
      const before = guest.calls().length;
      guest.attachDisk(...CONFIG_DRIVE, userData);
      await guest.boot(firstBoot);
      // The boothook runs again in the same boot: what it has published stays. After a reboot /run is empty.
      assert.equal(guest.read("etc/environment"), `LANG=C\n${BLOCK}`);
      assert.equal(guest.read("run/aws-iam-token/token"), "t");
      assert.deepEqual(loggedSince(guest, before), [
        `logger -t aws-iam-token -- ${words}: the AWS role of this VM stays as it was.`,
      ]);
      assert(!guest.calls().slice(before).some((call) => call.startsWith("systemctl")));
    },
  );
}

/** What the journal was told after that many calls of programs. */
function loggedSince(guest: ScratchGuest, calls: number): readonly string[] {
  return guest.calls().slice(calls).filter((call) => call.startsWith("logger"));
}

/** Replaces what must be there. */
function replaceOnce(text: string, from: string, to: string): string {
  assert.equal(text.split(from).length, 2, `${from} is not there once`);
  return text.replace(from, to);
}
