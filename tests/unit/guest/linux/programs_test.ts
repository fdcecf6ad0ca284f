import assert from "node:assert/strict";
import { oemStrings } from "../../../../src/credentials/oem_strings.ts";
import type { GuestSettings } from "../../../../src/guest/settings.ts";
import { inEachShell } from "../../../support/in_each_shell.ts";
import { BLOCK, boothookFor, POD_IDENTITY, SETTINGS } from "../../../support/linux_settings.ts";
import { repositoryPath } from "../../../support/paths.ts";
import { type ScratchGuest, turnSelinuxOn } from "../../../support/scratch_guest.ts";

/** docs/guest-programs.md promises that its tables are complete: this holds them against the scripts. */
const DOCUMENT = Deno.readTextFileSync(repositoryPath("docs/guest-programs.md"));

/** The cells of the table rows below a heading, without the table's head. */
function rowsOf(heading: string): readonly (readonly string[])[] {
  const section = DOCUMENT.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(2).map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim()));
}

const PROGRAMS = rowsOf("Every program, and why").map(([name = ""]) => name.replaceAll("`", ""));

const WAYS = new Map(
  rowsOf("What a boot starts").map(([way = "", programs = ""]) => [way, programs.split(" ")]),
);

const ROUNDS = new Map(
  rowsOf("What a round of the refresher starts").map((
    [round = "", programs = ""],
  ) => [round, programs.split(" ")]),
);

const CIDATA = ["cidata", "user-data"] as const;
const OURS = boothookFor(SETTINGS);

/** Boots the guest on a way, and returns how many calls of programs came before the boot that counts. */
const RUN: Readonly<Record<string, (guest: ScratchGuest) => Promise<number>>> = {
  "the first boot, or another role": (guest) => boot(guest),
  "the same role again, with a new `/run`": (guest) => {
    guest.write("etc/environment", BLOCK);
    return boot(guest);
  },
  "the boothook once more in the same boot": async (guest) => {
    await boot(guest);
    const before = guest.calls().length;
    await guest.boot(OURS);
    return before;
  },
  "no link in `/dev/disk/by-label`": async (guest) => {
    guest.attachUnlinkedDisk(...CIDATA, OURS.body);
    return await bootAsItIs(guest);
  },
  "no cloud-init disk": (guest) => bootAsItIs(guest),
  "`--token-readers group:NAME`": async (guest) => {
    const part = boothookFor({ ...SETTINGS, tokenReaders: "group:root" });
    guest.replaceProgram("chgrp", "exit 0");
    guest.attachDisk(...CIDATA, part.body);
    await guest.boot(part);
    return 0;
  },
  "SELinux is on": (guest) => {
    turnSelinuxOn(guest);
    return boot(guest);
  },
  "`/etc/environment` is a link": (guest) => {
    guest.write("environment", "");
    Deno.removeSync(`${guest.root}/etc/environment`);
    Deno.symlinkSync("../environment", `${guest.root}/etc/environment`);
    return boot(guest);
  },
  "`/etc/environment` can be written and not replaced": (guest) => {
    guest.replaceProgram("mv", `case "$*" in *etc/env*) exit 1 ;; *) exec /bin/mv "$@" ;; esac`);
    return boot(guest);
  },
  "the share cannot be mounted": (guest) => {
    Deno.removeSync(`${guest.root}/share`, { recursive: true });
    return boot(guest);
  },
  "the share has no token": (guest) => {
    for (const name of ["..data", "token"]) Deno.removeSync(`${guest.root}/share/${name}`);
    return boot(guest);
  },
  "no systemd": (guest) => {
    Deno.removeSync(`${guest.root}/run/systemd`, { recursive: true });
    // The process in the background ends at once.
    guest.replaceProgram("sh", "exit 0");
    return boot(guest);
  },
  "by the domain": (guest) => bootByDomain(guest),
  "EKS Pod Identity behind masquerade": async (guest) => {
    const part = boothookFor(POD_IDENTITY);
    guest.attachDisk(...CIDATA, part.body);
    await guest.boot(part);
    return 0;
  },
  "the shutdown": async (guest) => {
    await boot(guest);
    const before = guest.calls().length;
    await guest.shutDown();
    return before;
  },
  "the role is lost": async (guest) => {
    guest.write("etc/environment", BLOCK);
    guest.attachDisk(...CIDATA, "#cloud-config\n");
    return await bootAsItIs(guest);
  },
};

/** The unit of the domain's strings starts these first, some of them side by side. */
const UNIT_PROGRAMS = ["mkdir", "sed", "base64", "gzip"];

async function bootByDomain(guest: ScratchGuest): Promise<number> {
  await guest.bootByDomain(oemStrings(OURS.body, false).map(({ text }) => text));
  return UNIT_PROGRAMS.length;
}

async function boot(guest: ScratchGuest): Promise<number> {
  guest.attachDisk(...CIDATA, OURS.body);
  return await bootAsItIs(guest);
}

async function bootAsItIs(guest: ScratchGuest): Promise<number> {
  await guest.boot(OURS);
  return 0;
}

inEachShell("the unit of the domain's strings starts these programs first", async (guest) => {
  guest.onlyPrograms(PROGRAMS);
  await bootByDomain(guest);
  const started = guest.calls().slice(0, UNIT_PROGRAMS.length).map((call) => call.split(" ")[0]);
  assert.deepEqual(started.toSorted(), UNIT_PROGRAMS.toSorted());
  const names = UNIT_PROGRAMS.map((name) => `\`${name}\``).join(", ");
  assert(DOCUMENT.replaceAll(/\s+/g, " ").includes(names));
});

Deno.test("every way of the document's table is tried", () => {
  assert.deepEqual([...WAYS.keys()], Object.keys(RUN));
});

for (const [way, run] of Object.entries(RUN)) {
  inEachShell(`a boot starts these programs and no others: ${way}`, async (guest) => {
    guest.onlyPrograms(PROGRAMS);
    guest.write("etc/environment", "");
    guest.shareToken("t");
    const before = await run(guest);
    const started = guest.calls().slice(before).map((call) => call.split(" ")[0]);
    assert.deepEqual(started, WAYS.get(way));
  });
}

/** What a test does before and while the refresher waits for the first time. */
const PREPARE: Readonly<
  Record<
    string,
    { settings?: GuestSettings; before?: (guest: ScratchGuest) => void; atFirstWait?: string }
  >
> = {
  "the same token": {},
  "the same with EKS Pod Identity": { settings: POD_IDENTITY },
  "a new token": { atFirstWait: `echo new >"$EKS_IRSA_ROOT/aws-iam-token/..data/token"` },
  "the share cannot be mounted": {
    before: (guest) => Deno.removeSync(`${guest.root}/share`, { recursive: true }),
  },
};

Deno.test("every round of the document's table is tried", () => {
  assert.deepEqual([...ROUNDS.keys()], Object.keys(PREPARE));
});

for (const [round, { settings = SETTINGS, before, atFirstWait }] of Object.entries(PREPARE)) {
  inEachShell(`a round of the refresher starts these programs: ${round}`, async (guest) => {
    guest.onlyPrograms(PROGRAMS);
    guest.write("etc/environment", BLOCK);
    guest.shareToken("t");
    before?.(guest);
    await guest.boot(boothookFor(settings));
    // The second wait is the refresher's last.
    guest.replaceProgram(
      "sleep",
      `[ -e "$EKS_IRSA_ROOT/waited" ] && { kill "$PPID"; exit 0; }
: >"$EKS_IRSA_ROOT/waited"
${atFirstWait ?? ":"}`,
    );
    await using refresher = guest.refresher();
    await refresher.exitCode;
    const started = guest.calls().map((call) => call.split(" ")[0] ?? "");
    const firstWait = started.indexOf("sleep");
    assert.deepEqual(started.slice(firstWait + 1), ROUNDS.get(round));
  });
}
