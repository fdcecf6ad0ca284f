import assert from "node:assert/strict";
import { linuxGuest } from "../../../../src/guest/linux/guest.ts";
import { replaceSettings } from "../../../support/guest_part.ts";
import { inEachShell } from "../../../support/in_each_shell.ts";
import { BLOCK, boothookFor, SETTINGS, withRole } from "../../../support/linux_settings.ts";

inEachShell("another role replaces the block and nobody else's lines", async (guest) => {
  guest.write("etc/environment", "BEFORE=1\n");
  guest.shareToken("t");
  await guest.boot(boothookFor(SETTINGS));
  guest.write("etc/environment", `${guest.read("etc/environment")}AFTER='#1'\n`);
  await guest.boot(boothookFor(withRole("arn:other")));
  assert.equal(
    guest.read("etc/environment"),
    `BEFORE=1\nAFTER='#1'\n${BLOCK.replace(/arn:aws\S+/, "arn:other")}`,
  );
});

inEachShell(
  "a block that was cut short takes no line of somebody else's with it",
  async (guest) => {
    guest.write("etc/environment", "A=1\n# BEGIN eks-irsa-sidecar\nB=2\n");
    guest.shareToken("t");
    await guest.boot(boothookFor(SETTINGS));
    assert.equal(guest.read("etc/environment"), `A=1\nB=2\n${BLOCK}`);
  },
);

inEachShell("an /etc/environment that is no file is left alone", async (guest) => {
  Deno.mkdirSync(`${guest.root}/etc/environment`);
  guest.shareToken("t");
  await guest.boot(boothookFor(SETTINGS));
  assert.deepEqual([...Deno.readDirSync(`${guest.root}/etc`)].map(({ name }) => name), [
    "environment",
  ]);
  assert(guest.calls().some((call) => /etc\/environment cannot be written/.test(call)));
  assert.equal(guest.read("run/aws-iam-token/token"), "t");
});

inEachShell("an /etc/environment that is a link stays one", async (guest) => {
  guest.write("environment-of-another-place", "LANG=C\n");
  Deno.symlinkSync("../environment-of-another-place", `${guest.root}/etc/environment`);
  await guest.boot(boothookFor(SETTINGS));
  assert(Deno.lstatSync(`${guest.root}/etc/environment`).isSymlink);
  assert.equal(guest.read("environment-of-another-place"), `LANG=C\n${BLOCK}`);
});

for (const program of ["cp", "mv"]) {
  inEachShell(`where ${program} fails, /etc/environment stays as it was`, async (guest) => {
    guest.write("etc/environment", "LANG=C\n");
    guest.shareToken("t");
    // Half done, as on a disk that is full.
    guest.replaceProgram(
      program,
      `case "$*" in *etc/environment*) ;; *) exec /bin/${program} "$@" ;; esac
for last; do :; done
[ ${program} = mv ] || printf LA >"$last"
exit 1`,
    );
    await guest.boot(boothookFor(SETTINGS));
    assert.equal(guest.read("etc/environment"), "LANG=C\n");
    assert.deepEqual(guest.names("etc"), ["environment"]);
    assert(guest.calls().some((call) => /^logger .*environment cannot be written/.test(call)));
    assert.equal(guest.read("run/aws-iam-token/token"), "t");
  });
}

inEachShell("systemd that takes no variables is told of in the journal", async (guest) => {
  guest.replaceProgram("systemctl", "exit 1");
  guest.shareToken("t");
  await guest.boot(boothookFor(SETTINGS));
  assert(guest.calls().some((call) => /^logger .*systemd did not take/.test(call)));
  assert.equal(guest.read("run/aws-iam-token/token"), "t");
});

/** How many bytes of the settings are there. */
const INCOMPLETE: readonly (readonly [string, (text: string) => number])[] = [
  ["nothing", () => 0],
  ["the format", (text) => text.indexOf("MOUNT_TAG")],
  ["all but the variables", (text) => text.indexOf("AWS_")],
  ["half of a variable", (text) => text.indexOf("AWS_") + 20],
  ["one of two variables", (text) => text.lastIndexOf("AWS_")],
  ["all but the last line", (text) => text.indexOf("END")],
  ["half of the last line", (text) => text.indexOf("END") + 2],
];

for (const [what, length] of INCOMPLETE) {
  inEachShell(`settings of which ${what} is there change nothing`, async (guest) => {
    guest.shareToken("t");
    await guest.boot(boothookFor(SETTINGS));
    const calls = guest.calls().length;
    const part = boothookFor(withRole("arn:incomplete"));
    const body = replaceSettings(part.body, (text) => text.slice(0, length(text)));
    await guest.boot({ ...part, body });
    assert.equal(guest.read("etc/environment"), BLOCK);
    const later = guest.calls().slice(calls);
    assert(!later.some((call) => call.startsWith("systemctl")));
    assert(later.some((call) => /^logger .* cannot be decoded: .* stays as it was\.$/.test(call)));
  });
}

inEachShell("values come out as they went in, and none is run", async (guest) => {
  const values = new Map([
    ["AWS_A", `$(touch ${guest.root}/hacked) \`touch ${guest.root}/hacked\` "; touch x`],
    ["AWS_B", "it's 100 % \\ plain"],
    ["AWS_C", "naïve 😀 \u2028"],
    ["AWS_D", ""],
    ["AWS_E", '"quoted",'],
    ["AWS_F", "-n"],
    ["AWS_G", "%s%d\\n"],
    ["AWS_H", "  spaces  "],
    ["AWS_I", "it's plain, 100 %"],
    ["AWS_J", "END"],
    ["AWS_K", "FORMAT=9=MOUNT_TAG"],
    ["AWS_L", "ends in \\"],
  ].filter(([name = "", value = ""]) => linuxGuest.variableProblem(name, value) === undefined) as [
    string,
    string,
  ][]);
  guest.shareToken("t");
  await guest.boot(boothookFor({ ...SETTINGS, variables: values }));
  assert.deepEqual(await guest.sourceEnvironment([...values.keys()]), [...values.values()]);
  assert.deepEqual(
    guest.systemdEnvironment(),
    [...values].map(([name, value]) => `${name}=${value}`),
  );
  assert.throws(() => Deno.statSync(`${guest.root}/hacked`), Deno.errors.NotFound);
});
