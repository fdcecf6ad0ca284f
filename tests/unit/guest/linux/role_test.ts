import assert from "node:assert/strict";
import { linuxGuest } from "../../../../src/guest/linux/guest.ts";
import { replaceSettings } from "../../../support/guest_part.ts";
import { inEachShell } from "../../../support/in_each_shell.ts";
import {
  BLOCK,
  boothookFor,
  POD_IDENTITY,
  SETTINGS,
  withRole,
} from "../../../support/linux_settings.ts";

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
    // The same with a whole block after it.
    guest.write("etc/environment", `A=1\n# BEGIN eks-irsa-sidecar\nB=2\n${BLOCK}C=3\n`);
    await guest.boot(boothookFor(SETTINGS));
    assert.equal(guest.read("etc/environment"), `A=1\nB=2\nC=3\n${BLOCK}`);
  },
);

inEachShell(
  "a VM that changes its kind of identity keeps no variable of the other",
  async (guest) => {
    guest.write("etc/environment", "LANG=C\n");
    guest.shareToken("t");
    for (const settings of [SETTINGS, POD_IDENTITY, SETTINGS]) {
      await guest.boot(boothookFor(settings));
      const names = [...settings.variables.keys()];
      const lines = guest.read("etc/environment").split("\n");
      const present = lines.flatMap((line) => line.match(/^AWS_[A-Z_]+(?==)/)?.[0] ?? []);
      assert.deepEqual(present, names);
      const set = guest.systemdEnvironment().map((line) => line.split("=")[0]);
      assert.deepEqual(set, names);
      const kept = guest.read("run/eks-irsa-sidecar/variables").trimEnd().split("\n");
      assert.deepEqual(kept.map((line) => line.split("=")[0]), names);
    }
    const unset = guest.calls().filter((call) => call.includes("unset-environment"));
    assert.deepEqual(
      unset,
      [SETTINGS, POD_IDENTITY].map(({ variables }) =>
        `systemctl unset-environment ${[...variables.keys()].join(" ")}`
      ),
    );
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

inEachShell("where cp fails half way, /etc/environment stays as it was", async (guest) => {
  guest.write("etc/environment", "LANG=C\n");
  guest.shareToken("t");
  // As on a disk that is full.
  guest.replaceProgram(
    "cp",
    `case "$*" in *etc/environment*) ;; *) exec /bin/cp "$@" ;; esac
for last; do :; done
printf LA >"$last"
exit 1`,
  );
  await guest.boot(boothookFor(SETTINGS));
  assert.equal(guest.read("etc/environment"), "LANG=C\n");
  assert.deepEqual(guest.names("etc"), ["environment"]);
  assert(guest.calls().some((call) => /^logger .*environment cannot be written/.test(call)));
  assert.equal(guest.read("run/aws-iam-token/token"), "t");
});

for (
  const [what, program, body] of [
    [
      "replaced",
      "mv",
      `case "$*" in *etc/environment*) exit 1 ;; *) exec /bin/mv "$@" ;; esac`,
    ],
    [
      "copied to its folder",
      "cp",
      `case "$*" in *etc/environment*) exit 1 ;; *) exec /bin/cp "$@" ;; esac`,
    ],
  ] as const
) {
  inEachShell(`an /etc/environment that cannot be ${what} is written itself`, async (guest) => {
    guest.write("etc/environment", "LANG=C\n");
    const before = guest.inode("etc/environment");
    guest.shareToken("t");
    guest.replaceProgram(program, body);
    await guest.boot(boothookFor(SETTINGS));
    assert.equal(guest.read("etc/environment"), `LANG=C\n${BLOCK}`);
    assert.equal(guest.inode("etc/environment"), before);
    assert.deepEqual(guest.names("etc"), ["environment"]);
    assert(!guest.calls().some((call) => call.startsWith("logger")));
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
