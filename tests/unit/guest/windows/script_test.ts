import assert from "node:assert/strict";
import { readForCloudbaseInit } from "../../../../src/cloud_init/cloudbase_init_reader.ts";
import { embedUserData, writeUserData } from "../../../../src/cloud_init/embed.ts";
import { unpack } from "../../../../src/cloud_init/user_data.ts";
import type { GuestSettings } from "../../../../src/guest/settings.ts";
import { windowsGuest } from "../../../../src/guest/windows/guest.ts";
import { SYSPREP_COMMAND } from "../../../../src/guest/windows/sysprep.ts";
import { repositoryPath } from "../../../support/paths.ts";

const SETTINGS: GuestSettings = {
  mountTag: "aws-iam-token",
  mountPath: windowsGuest.defaultMountPath("everyone"),
  tokenName: "token",
  tokenReaders: "everyone",
  agentRoute: undefined,
  variables: new Map([["AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/vm"]]),
};

const FIRST_LINE = "#eks-irsa-script";
const SETTINGS_LINE = "#eks-irsa-settings: ";

const body = windowsGuest.parts(SETTINGS).first.body;

/** What disk.ps1's Read-Script finds in a file. */
function scriptIn(file: string): readonly string[] {
  const lines = file.split(/\r\n|\r|\n/);
  const first = lines.indexOf(FIRST_LINE);
  const last = lines.findIndex((line, index) => index > first && line.startsWith(SETTINGS_LINE));
  return first < 0 || last < 0 ? [] : lines.slice(first, last + 1);
}

Deno.test("the variable names the file that the script publishes, wherever the share is", () => {
  const script = Deno.readTextFileSync(repositoryPath("src/guest/windows/names.ps1"));
  assert(script.includes(`\n$published = '${windowsGuest.tokenFile}'\n`));
  const share = windowsGuest.defaultMountPath("everyone");
  assert(!windowsGuest.tokenFile.startsWith(`${share}\\`));
  assert.equal(share, "C:\\ProgramData\\eks-irsa-sidecar\\share");
});

Deno.test("cloudbase-init runs the part as a script, by the extension of its name", () => {
  const { type, filename } = windowsGuest.parts(SETTINGS).first;
  assert.equal(type, "text/x-shellscript");
  assert.equal(filename, "eks-irsa-sidecar.ps1");
});

Deno.test("the command of an unattend file runs the script of QEMU's CD with KubeVirt's label", () => {
  assert.match(
    SYSPREP_COMMAND,
    /^powershell -NoProfile -ExecutionPolicy Bypass -Command "Get-CimInstance Win32_CDROMDrive .*'unattendCD'.*QEMU' \} \| ForEach-Object \{ \. \(\$_\.Drive \+ '\\eks-irsa-sidecar\.ps1'\) \}"$/,
  );
});

Deno.test("the script is told by its first and its last line, and no line between is like them", () => {
  const lines = body.split("\n");
  assert.equal(lines.pop(), "");
  assert.equal(lines.indexOf(FIRST_LINE), 0);
  assert.equal(lines.lastIndexOf(FIRST_LINE), 0);
  const settings = lines.filter((line) => line.startsWith(SETTINGS_LINE));
  assert.deepEqual(settings, [lines.at(-1)]);
});

Deno.test("the script is ASCII, which every code page of Windows reads the same", () => {
  assert.match(body, /^[\n -~]*$/);
});

Deno.test("the script ends with 0, whatever happens", () => {
  const ends = body.split("\n").filter((line) => /^\s*exit\b/.test(line)).map((line) =>
    line.trim()
  );
  assert(ends.length > 0);
  assert.deepEqual(ends.filter((end) => end !== "exit 0"), []);
});

/** User data of a VM's owner, which may look like ours. */
const THEIRS: Readonly<Record<string, string>> = {
  nothing: "",
  "a script": "#ps1_sysnative\nWrite-Output 'theirs'\n",
  "a script with our lines": `#ps1_sysnative\n${FIRST_LINE}\n${SETTINGS_LINE}dGhlaXJz\n`,
  "a message with our lines": 'Content-Type: multipart/mixed; boundary="b"\n\n--b\n' +
    'Content-Type: text/x-shellscript\nContent-Disposition: attachment; filename="a.ps1"\n\n' +
    `${FIRST_LINE}\n${SETTINGS_LINE}dGhlaXJz\n--b--\n`,
};

for (const [name, theirs] of Object.entries(THEIRS)) {
  Deno.test(`the installed script finds today's in the raw user data before ${name}`, () => {
    const embedding = embedUserData(unpack(new TextEncoder().encode(theirs)), readForCloudbaseInit);
    assert(embedding.kind !== "untouched");
    const userData = writeUserData(windowsGuest.parts(SETTINGS), embedding);
    assert.equal(scriptIn(userData).join("\n") + "\n", body);
  });
}

Deno.test("user data without our part has no script", () => {
  for (const theirs of Object.values(THEIRS).slice(0, 2)) assert.deepEqual(scriptIn(theirs), []);
});

Deno.test("what cannot be handed to a program in the guest, or is the script's own, is refused", () => {
  const share = windowsGuest.defaultMountPath("everyone");
  const problem = (change: object) =>
    windowsGuest.optionProblem({
      mountPath: share,
      mountTag: "aws-iam-token",
      tokenReaders: "everyone",
      ...change,
    });
  assert.equal(problem({}), undefined);
  assert.equal(problem({ mountPath: "D:\\a\\b\\share", mountTag: "a b\\c'" }), undefined);
  for (const mountTag of ['a"b', "tag\\"]) {
    assert.match(problem({ mountTag }) ?? "", /^--mount-tag /);
  }
  for (
    const mountPath of [
      "C:\\ProgramData\\EKS-irsa-sidecar",
      "C:\\ProgramData",
      `${windowsGuest.tokenFile}\\below`,
      "c:\\program files\\eks-irsa-sidecar",
      "/aws-iam-token",
    ]
  ) {
    assert.match(problem({ mountPath }) ?? "", /^--mount-path /, mountPath);
  }
  for (
    const mountPath of [
      "C:\\",
      "C:\\a\\",
      "C:\\a\\\\b",
      "C:a",
      "CC:\\a",
      " C:\\a",
      "C:\\a b",
      "C:\\a\\b c",
      "C:\\a%b",
      "C:\\a\\b|",
      "C:\\a\n",
      "1:\\a",
    ]
  ) {
    assert.match(problem({ mountPath }) ?? "", /^--mount-path names no path/, mountPath);
  }
  for (const mountPath of ["c:\\programdata\\EKS-irsa-sidecar", windowsGuest.tokenFile]) {
    assert.match(problem({ mountPath }) ?? "", /^--mount-path .* has for itself/, mountPath);
  }
  for (const mountPath of ["C:\\a", `${windowsGuest.tokenFile}s`, `${share}-2`]) {
    assert.equal(problem({ mountPath }), undefined, mountPath);
  }
  assert.match(problem({ tokenReaders: "root" }) ?? "", /^--token-readers can only be everyone/);
});

Deno.test("every file of the script is in it, and says at its top what it uses of the others", () => {
  const folder = repositoryPath("src/guest/windows");
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".ps1"));
  assert(names.length > 5);
  for (const name of names) {
    const text = Deno.readTextFileSync(`${folder}/${name}`);
    assert(body.includes(text.trim()), name);
    const [top = ""] = text.split("\n\n", 1);
    assert(top.includes(`# ${name}: `) && / (It uses|It uses nothing) /.test(top), name);
  }
});

Deno.test("docs/troubleshooting.md has every event, by its type, its number and the start of its text", () => {
  const written = [
    ...body.matchAll(/Write-Event '(\w+)' (\d+)/g),
    ...body.matchAll(/Type = '(\w+)'; Id = (\d+)/g),
  ].map(([, type, id]) => `${type} ${id}`);
  const page = Deno.readTextFileSync(repositoryPath("docs/troubleshooting.md"));
  const rows = [...page.matchAll(/^\| (\w+ \d+) +\|[^|]*\|([^|]*)\|/gm)];
  assert.deepEqual(rows.map(([, event]) => event).sort(), [...new Set(written)].sort());
  for (const [, event, texts = ""] of rows) {
    for (const [, text = ""] of texts.matchAll(/`([^`]+)`/g)) {
      for (const piece of text.split("…")) assert(body.includes(piece.trim()), `${event}: ${text}`);
    }
  }
});
