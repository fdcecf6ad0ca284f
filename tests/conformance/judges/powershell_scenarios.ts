import assert from "node:assert/strict";
import { replaceSettings } from "../../support/guest_part.ts";
import { IRSA_ENVIRONMENT } from "../../support/sidecar.ts";
import { ask, type Case } from "./judge.ts";
import { recordable, RecordedMachine, SHARE } from "./powershell_machine.ts";

/** Values that would end a string, start a command or name another variable if they became code. */
export const AWKWARD: Readonly<Record<string, string>> = {
  ...IRSA_ENVIRONMENT,
  AWS_QUOTES: `"double" 'single' \u2018curly\u2019 @"here"@`,
  AWS_CODE: "$(calc) $env:PATH ${x} `n; & calc | calc # %PATH% %~dp0",
  AWS_TEXT: "\u{1F680} \u00e9\u00df\u4e2d <&> \\ \\\\server\\",
};

/** The environment of a later day, with another role and fewer variables. */
export const LATER: Readonly<Record<string, string>> = {
  ...IRSA_ENVIRONMENT,
  AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/another",
};

/** User data that the sidecar wrote, as it is on the disk, and our part of it. */
export interface Written {
  readonly userData: string;
  readonly part: string;
}

/** The machine's variables after a run. */
const variablesOf = (environment: Readonly<Record<string, string>>) => ({
  ...environment,
  AWS_WEB_IDENTITY_TOKEN_FILE: "C:\\ProgramData\\eks-irsa-sidecar\\token",
});

const TASK = {
  name: "eks-irsa-sidecar",
  action: "powershell.exe -NoProfile -NonInteractive -ExecutionPolicy Bypass " +
    '-File "ROOT/Program Files/eks-irsa-sidecar/irsa.ps1"',
  triggers: ["at startup", "every 10 minutes"],
  user: "SYSTEM",
  settings: "0 True True IgnoreNew",
};

const LAUNCHER_CLASS = {
  Executable: "ROOT/Program Files/Virtio-Win/VioFS/virtiofs.exe",
  CommandLine: "-t %1 -m %2",
  Security: "D:P(A;;RPWPLC;;;SY)(A;;RPWPLC;;;BA)",
  JobControl: 1,
};

const START = `start virtiofs eks-irsa-sidecar aws-iam-token ${SHARE}`;
const FOLDER = "C:\\ProgramData\\eks-irsa-sidecar";
const OLD = "..2026_11_24_20_14_05.1";
const NEW = "..2026_11_25_16_14_05.2";
/** User data that is not the sidecar's, on a disk with the same label. */
const SEED = "#cloud-config\nautoinstall: {}\n";

type Scenario = (machine: RecordedMachine, first: Written, later: Written) => Promise<void>;

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  async "no WinFsp: the variables are set, and the event says what is missing"(machine, first) {
    const recorded = await machine.runOnce(first.part);
    assert.deepEqual(recorded.variables, variablesOf(AWKWARD));
    assert.deepEqual(recorded.events, ["Error 2"]);
    assert.deepEqual(recorded.sleeps, []);
    assert.deepEqual(recorded.tasks, [TASK]);
    assert.deepEqual(recorded.started, ["eks-irsa-sidecar"]);
    assert.deepEqual(recorded.volatile, ["SOFTWARE\\eks-irsa-sidecar\\ThisBoot"]);
    assert.equal(machine.installed(), recordable(first.part));
    assert.equal(machine.published(), undefined);
  },

  async "mount: the launcher mounts the share, and the token is published"(machine, first) {
    machine.installWinFsp();
    machine.shareTokens("to be mounted", { [OLD]: "today's" }, OLD);
    const recorded = await machine.runOnce(first.part);
    assert.deepEqual(recorded.variables, variablesOf(AWKWARD));
    assert.deepEqual(recorded.events, ["Information 1"]);
    assert.deepEqual(recorded.sleeps, [5]);
    assert.deepEqual(machine.launched(), [START]);
    const service = "SOFTWARE\\WOW6432Node\\WinFsp\\Services\\virtiofs";
    assert.deepEqual(recorded.registry[service], LAUNCHER_CLASS);
    assert.deepEqual(recorded.tasks, [TASK]);
    assert.equal(machine.published(), "today's");
    assert.deepEqual(Object.keys(recorded.folders), [FOLDER]);
    assert.equal(
      recorded.folders[FOLDER]?.Sddl,
      "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FRFX;;;WD)",
    );
    const again = await machine.runOnce(first.part);
    assert.deepEqual(again.variables, recorded.variables);
    assert.deepEqual(again.events, [], "it says the same twice");
    assert.deepEqual(machine.launched(), [START]);
  },

  async "mount: a device that never comes is an event after a minute"(machine, first) {
    machine.installWinFsp();
    const recorded = await machine.runOnce(first.part);
    assert.deepEqual(recorded.events, ["Error 3"]);
    assert.deepEqual(recorded.sleeps, Array(11).fill(5));
    assert.deepEqual(machine.launched(), Array(12).fill(START));
    assert.deepEqual(recorded.tasks, [TASK]);
  },

  async "mount: the mount point of a machine that lost its power is removed"(machine, first) {
    machine.installWinFsp();
    machine.shareTokens("to be mounted", { [OLD]: "today's" }, OLD);
    Deno.mkdirSync(`${machine.root}/gone`);
    Deno.symlinkSync(`${machine.root}/gone`, `${machine.root}/${SHARE}`);
    await machine.runOnce(first.part);
    assert.deepEqual(machine.launched(), ["info virtiofs eks-irsa-sidecar", START]);
    assert.equal(machine.published(), "today's");
  },

  async "links are not followed: the newest dated folder with a token counts"(machine, first) {
    machine.shareTokens(SHARE, { decoy: "no", [OLD]: "older", [NEW]: "newer" }, "decoy");
    Deno.symlinkSync("decoy", `${machine.root}/${SHARE}/..2027_01_01_00_00_00.3`);
    Deno.mkdirSync(`${machine.root}/${SHARE}/..2026_12_24_00_00_00.4`);
    Deno.writeTextFileSync(`${machine.root}/${SHARE}/..2026_12_24_00_00_00.4/token`, "");
    const recorded = await machine.runOnce(first.part);
    assert.deepEqual(recorded.events, ["Information 1"]);
    assert.equal(machine.published(), "newer");
  },

  async "a share that is a plain folder has its token in it"(machine, first) {
    Deno.mkdirSync(`${machine.root}/${SHARE}`);
    Deno.writeTextFileSync(`${machine.root}/${SHARE}/token`, "plain");
    await machine.runOnce(first.part);
    assert.equal(machine.published(), "plain");
  },

  async "the token's folder belongs to a user: nothing is written there"(machine, first) {
    machine.shareTokens(SHARE, { [OLD]: "today's" }, OLD);
    machine.owners[FOLDER] = "S-1-5-21-1-2-3-1001";
    const recorded = await machine.runOnce(first.part);
    assert.deepEqual(recorded.events, ["Error 5"]);
    assert.equal(machine.published(), undefined);
  },

  async "second boot as task: today's role, today's script, and a fresh token"(
    machine,
    first,
    later,
  ) {
    machine.shareTokens(SHARE, { [OLD]: "older" }, OLD);
    await machine.runOnce(first.part);
    machine.restart();
    const changed = (text: string) => text.replace("$product =", "# A later release.\n$product =");
    machine.attach("cidata", "D", changed(later.userData));
    machine.shareTokens("after 2", { [NEW]: "newer" }, NEW);
    const recorded = await machine.runTask(3);
    assert.deepEqual(recorded.variables, variablesOf(LATER));
    assert.deepEqual(recorded.events, ["Information 1"]);
    assert.deepEqual(recorded.sleeps, [30, 30, 30]);
    assert.deepEqual(recorded.tasks, []);
    assert.deepEqual(machine.launched(), []);
    assert.equal(machine.published(), "newer");
    assert.equal(machine.installed(), recordable(changed(later.part)));
  },

  async "started again in the same boot, it asks no disk"(machine, first, later) {
    machine.shareTokens(SHARE, { [OLD]: "older" }, OLD);
    await machine.runOnce(first.part);
    machine.attach("cidata", "D", later.userData);
    const recorded = await machine.runTask(1);
    assert.deepEqual(recorded.variables, variablesOf(AWKWARD));
    assert.deepEqual(recorded.events, []);
    assert.equal(machine.installed(), recordable(first.part));
  },

  async "second disk without settings: the first one with settings counts"(machine, first, later) {
    machine.shareTokens(SHARE, { [OLD]: "older" }, OLD);
    await machine.runOnce(first.part);
    machine.restart();
    machine.attach("cidata", "D", SEED);
    machine.attach("config-2", null);
    machine.attach("config-2", null, later.userData);
    const recorded = await machine.runTask(1);
    assert.deepEqual(recorded.variables, variablesOf(LATER));
    assert.deepEqual(recorded.events, ["Information 1"]);
  },

  async "no disk that can be read: the role of the last boot"(machine, first) {
    machine.shareTokens(SHARE, { [OLD]: "older" }, OLD);
    await machine.runOnce(first.part);
    machine.restart();
    machine.attach("config-2", "E");
    const recorded = await machine.runTask(7);
    assert.deepEqual(recorded.variables, variablesOf(AWKWARD));
    assert.deepEqual(recorded.sleeps, [5, 5, 5, 5, 5, 5, 30]);
    assert.deepEqual(recorded.events, ["Information 1"]);
  },

  async "settings of a format that the script does not know: nothing changes"(
    machine,
    first,
    later,
  ) {
    machine.shareTokens(SHARE, { [OLD]: "older" }, OLD);
    await machine.runOnce(first.part);
    machine.restart();
    const unknown = (text: string) => text.replace('"format":1,', '"format":2,');
    machine.attach("cidata", "D", replaceSettings(later.userData, unknown));
    const recorded = await machine.runTask(100);
    assert.deepEqual(recorded.variables, variablesOf(AWKWARD));
    assert.deepEqual(recorded.events, ["Error 5"]);
    assert.deepEqual(recorded.sleeps, []);
    assert.equal(machine.published(), "older");
  },

  async "role gone: variables and token go, once, and it stays so for the boot"(machine, first) {
    machine.shareTokens(SHARE, { [OLD]: "older" }, OLD);
    await machine.runOnce(first.part);
    machine.restart();
    machine.attach("config-2", "E", SEED);
    const recorded = await machine.runTask(100);
    assert.deepEqual(recorded.variables, {});
    assert.deepEqual(recorded.events, ["Warning 4"]);
    assert.deepEqual(recorded.sleeps, []);
    assert.equal(machine.published(), undefined);
    const again = await machine.runTask(100);
    assert.deepEqual(again.variables, {});
    assert.deepEqual(again.events, []);
  },
};

/** Runs our part through all scenarios, with Windows replaced by recorders. */
export async function scenarioCases(
  folder: string,
  recorder: string,
  first: Written,
  later: Written,
): Promise<Case[]> {
  const cases: Case[] = [];
  for (const [index, [name, scenario]] of Object.entries(SCENARIOS).entries()) {
    const root = `${folder}/machine ${index}`;
    await Deno.remove(root, { recursive: true }).catch(() => {});
    const machine = new RecordedMachine(root, recorder);
    const { why, ...rest } = await ask(name, () => scenario(machine, first, later));
    const said = machine.said.map((line) => `It said: ${line}`);
    cases.push(why === undefined ? rest : { ...rest, why: [why, ...said].join("\n") });
  }
  return cases;
}
