import assert from "node:assert/strict";
import { FOLDER, PUBLISHED, SHARE } from "./powershell_machine.ts";
import { NEW, OLD, orders, type Scenario, START, STOP, TASK, token } from "./powershell_written.ts";

const CLASSES = "SOFTWARE\\WOW6432Node\\WinFsp\\Services";
const SERVICE = "SYSTEM\\CurrentControlSet\\Services\\VirtioFsSvc";

const LAUNCHER_CLASS = {
  Executable: "C:\\Program Files\\Virtio-Win\\VioFS\\virtiofs.exe",
  CommandLine: "-t %1 -m %2",
  Security: "D:P(A;;RPWPLC;;;SY)(A;;RPWPLC;;;BA)",
  JobControl: 1,
};

/** A share that shows a token, and how the token comes out of it. */
export const SHARE_SCENARIOS: Readonly<Record<string, Scenario>> = {
  async "mount: a device that never comes is an event after a minute"(machine, { first }) {
    machine.installWinFsp();
    const recorded = await machine.runOnce(first.part);
    assert.deepEqual(recorded.events, ["Error 3"]);
    assert.deepEqual(recorded.sleeps, Array(11).fill(5));
    assert.deepEqual(orders(recorded.launched), [START]);
    assert.deepEqual(recorded.tasks, [TASK]);
  },

  async "mount: the mount point of a machine that lost its power is removed"(machine, { first }) {
    machine.installWinFsp();
    machine.offerTokens({ [OLD]: token("today's") }, OLD);
    machine.makeFolder("C:\\elsewhere\\gone");
    machine.makeFolder(FOLDER);
    Deno.symlinkSync("../../elsewhere/gone", machine.windows.path(SHARE));
    machine.linked = "C:\\elsewhere\\gone";
    const recorded = await machine.runOnce(first.part);
    assert.deepEqual(orders(recorded.launched), [START]);
    assert.equal(machine.published(), token("today's"));
  },

  async "mount: the folders above a mount path of the owner's are made"(machine, { nested }) {
    machine.installWinFsp();
    machine.offerTokens({ [OLD]: token("today's") }, OLD);
    const recorded = await machine.runOnce(nested.part);
    assert.deepEqual(recorded.events, ["Information 1"]);
    assert.equal(machine.published(), token("today's"));
  },

  async "links are not followed: the newest dated folder with a token counts"(machine, { first }) {
    const tokens = { decoy: token("no"), [OLD]: token("older"), [NEW]: token("newer") };
    machine.mountTokens(tokens, "decoy");
    const link = `${machine.windows.path(SHARE)}/..2027_01_01_00_00_00.3`;
    Deno.symlinkSync("decoy", link);
    machine.write(`${SHARE}\\..2026_12_24_00_00_00.4\\token`, "");
    const recorded = await machine.runOnce(first.part);
    assert.deepEqual(recorded.events, ["Information 1"]);
    assert.equal(machine.published(), token("newer"));
  },

  async "a share that is a plain folder has its token in it"(machine, { first }) {
    machine.installWinFsp();
    machine.write(`${SHARE}\\token`, token("plain"));
    machine.mountAt(SHARE);
    await machine.runOnce(first.part);
    assert.equal(machine.published(), token("plain"));
  },

  async "the token's folder belongs to a user: nothing is written there"(machine, { first }) {
    machine.mountTokens({ [OLD]: token("today's") }, OLD);
    machine.owners[FOLDER] = "S-1-5-21-1-2-3-1001";
    const recorded = await machine.runOnce(first.part);
    assert.deepEqual(recorded.events, ["Error 5"]);
    assert.equal(machine.published(), undefined);
    assert.deepEqual(orders(recorded.launched), []);
  },

  async "the token's folder is protected before anything is mounted in it"(machine, { first }) {
    machine.installWinFsp();
    const recorded = await machine.runOnce(first.part);
    assert.equal(machine.published(), undefined);
    assert.deepEqual(Object.keys(recorded.folders), [FOLDER]);
  },

  async "what a planted folder holds is not published, and there is an event"(machine, { first }) {
    machine.installWinFsp();
    machine.write(`${SHARE}\\token`, token("planted"));
    // The launcher cannot mount where something is.
    machine.refusals = 100;
    const recorded = await machine.runOnce(first.part);
    assert.equal(machine.published(), undefined);
    assert.deepEqual(recorded.events, ["Error 3"]);
  },

  async "a share whose file is no web identity token: nothing is published, and there is an event"(
    machine,
    { first },
  ) {
    const noTokens = {
      "a text": "[a file of the system]\n",
      "two parts": "eyJh.eyJi",
      "a line after it": `${token("today's")}\n`,
      "more than 64 KiB": `eyJh.${"a".repeat(65_536)}.c2ln`,
    };
    for (const [name, text] of Object.entries(noTokens)) {
      machine.mountTokens({ [OLD]: text }, OLD);
      const recorded = await machine.runOnce(first.part);
      assert.equal(machine.published(), undefined, name);
      assert.deepEqual(recorded.events, name === "a text" ? ["Error 3"] : [], name);
    }
  },

  async "a share that is mounted is not mounted again"(machine, { first }) {
    machine.mountTokens({ [OLD]: token("today's") }, OLD);
    machine.remove(`${SHARE}\\${OLD}`);
    const recorded = await machine.runOnce(first.part);
    assert.deepEqual(recorded.events, ["Error 3"]);
    assert.deepEqual(orders(recorded.launched), []);
    assert(recorded.launched.length > 0, "it does not ask");
  },

  async "a dead share: after a minute one stop and start, then longer pauses"(machine, { first }) {
    machine.installWinFsp();
    await machine.runOnce(first.part);
    machine.makeFolder(SHARE);
    const recorded = await machine.runTask(14);
    assert.deepEqual(orders(recorded.launched), [STOP, START]);
    assert.deepEqual(recorded.sleeps, [...Array(11).fill(5), 30, 5, 60]);
    const longer = await machine.runTask(24);
    assert.deepEqual(longer.sleeps.slice(12), [5, 60, 5, 120, 5, 240, 5, 480, 5, 600, 5, 600]);
  },

  async "a dead share that recovers: its token is published"(machine, { first }) {
    machine.installWinFsp();
    await machine.runOnce(first.part);
    machine.makeFolder(SHARE);
    machine.offerTokens({ [NEW]: token("recovered") }, NEW);
    const recorded = await machine.runTask(14);
    assert.equal(machine.published(), token("recovered"));
    assert.deepEqual(recorded.sleeps, [...Array(11).fill(5), 30, 5, 30]);
    assert.deepEqual(recorded.events, ["Information 1"]);
  },

  async "the launcher still finds what was stopped, and refuses to start it once"(
    machine,
    { first },
  ) {
    machine.installWinFsp();
    await machine.runOnce(first.part);
    machine.makeFolder(SHARE);
    machine.offerTokens({ [NEW]: token("recovered") }, NEW);
    machine.lingers = 2;
    machine.refusals = 1;
    const recorded = await machine.runTask(17);
    assert.deepEqual(orders(recorded.launched), [STOP, START, START]);
    assert.deepEqual(recorded.sleeps, [...Array(11).fill(5), 30, 1, 1, 1, 5, 30]);
    assert.equal(machine.published(), token("recovered"));
  },

  async "the launcher never loses what was stopped: 15 seconds, and the next round"(
    machine,
    { first },
  ) {
    machine.installWinFsp();
    await machine.runOnce(first.part);
    machine.makeFolder(SHARE);
    machine.lingers = 1_000;
    const recorded = await machine.runTask(29);
    assert.deepEqual(orders(recorded.launched), [STOP]);
    assert.deepEqual(recorded.sleeps.slice(12), [...Array(15).fill(1), 5, 60]);
  },

  async "virtiofs.exe is where the service says, quoted and with arguments"(machine, { first }) {
    machine.installWinFsp("C:\\elsewhere\\Virtio FS\\virtiofs.exe");
    machine.registry[SERVICE] = { ImagePath: '"C:\\elsewhere\\Virtio FS\\virtiofs.exe" -m Z:' };
    const { registry } = await machine.runOnce(first.part);
    const found = registry[`${CLASSES}\\eks-irsa-sidecar`]?.Executable;
    assert.equal(found, "C:\\elsewhere\\Virtio FS\\virtiofs.exe");
  },

  async "virtiofs.exe is where the service says, without quotes and with arguments"(
    machine,
    { first },
  ) {
    machine.installWinFsp("C:\\elsewhere\\Virtio FS\\virtiofs.exe");
    machine.registry[SERVICE] = { ImagePath: "C:\\elsewhere\\Virtio FS\\virtiofs.exe -m Z:" };
    const { registry } = await machine.runOnce(first.part);
    const found = registry[`${CLASSES}\\eks-irsa-sidecar`]?.Executable;
    assert.equal(found, "C:\\elsewhere\\Virtio FS\\virtiofs.exe");
  },

  async "virtiofs.exe is in the usual place if the service names a file that is gone"(
    machine,
    { first },
  ) {
    machine.installWinFsp();
    machine.registry[SERVICE] = { ImagePath: '"C:\\elsewhere\\virtiofs.exe" "<what|is this>"' };
    const { registry } = await machine.runOnce(first.part);
    assert.deepEqual(registry[`${CLASSES}\\eks-irsa-sidecar`], LAUNCHER_CLASS);
  },

  async "a launcher class that is half written or old is repaired, and the operator's stays"(
    machine,
    { first },
  ) {
    machine.installWinFsp();
    machine.registry[`${CLASSES}\\eks-irsa-sidecar`] = {
      Executable: "C:\\old.exe",
      JobControl: "x",
    };
    machine.registry[`${CLASSES}\\virtiofs`] = { Executable: "C:\\theirs.exe" };
    const { registry } = await machine.runOnce(first.part);
    assert.deepEqual(registry[`${CLASSES}\\eks-irsa-sidecar`], LAUNCHER_CLASS);
    assert.deepEqual(registry[`${CLASSES}\\virtiofs`], { Executable: "C:\\theirs.exe" });
  },

  async "a virtiofs.exe that knows no tags is an event with the least version"(machine, { first }) {
    machine.installWinFsp();
    // Some library whose version ends in a number like the one of an old driver: 7.6.9.500.
    Deno.copyFileSync(
      `${machine.windows.host}/System.Management.Automation.dll`,
      machine.windows.path(LAUNCHER_CLASS.Executable),
    );
    const recorded = await machine.runOnce(first.part);
    assert.deepEqual(recorded.events, ["Error 2"]);
    assert.match(recorded.messages[0] ?? "", /0\.1\.229/);
    assert.deepEqual(recorded.launched, []);
  },

  async "VirtioFsSvc runs and names no tag: an event, once in a boot"(machine, { first }) {
    machine.mountTokens({ [OLD]: token("today's") }, OLD);
    machine.registry[SERVICE] = { ImagePath: LAUNCHER_CLASS.Executable };
    machine.running = ["VirtioFsSvc"];
    const recorded = await machine.runOnce(first.part);
    assert.deepEqual(recorded.events, ["Warning 11", "Information 1"]);
    assert.deepEqual((await machine.runTask(3)).events, []);
  },

  async "publishing fails once: the old copy stays whole, and the next round publishes"(
    machine,
    { first },
  ) {
    machine.mountTokens({ [OLD]: token("older") }, OLD);
    await machine.runOnce(first.part);
    machine.mountTokens({ [NEW]: token("newer") }, NEW);
    machine.locked = [PUBLISHED];
    machine.pauses = { 2: [{ unlock: PUBLISHED }] };
    const held = await machine.runTask(1);
    assert.equal(machine.published(), token("older"));
    assert.deepEqual(held.events, []);
    machine.pauses = { 2: [{ unlock: PUBLISHED }] };
    const recorded = await machine.runTask(3);
    assert.deepEqual(recorded.sleeps, [5, 5, 30]);
    assert.equal(machine.published(), token("newer"));
    assert.deepEqual(machine.names(FOLDER), ["share", "token"]);
  },

  async "a run that is in the middle of writing holds up no other"(machine, { first }) {
    machine.mountTokens({ [OLD]: token("today's") }, OLD);
    machine.write(`${PUBLISHED}.new`, "half of a tok");
    machine.locked = [`${PUBLISHED}.new`];
    const recorded = await machine.runOnce(first.part);
    assert.deepEqual(recorded.sleeps, []);
    assert.equal(machine.published(), token("today's"));
  },

  async "cloudbase-init's run and the task write at once: one whole token, and nothing else"(
    machine,
    { first },
  ) {
    machine.mountTokens({ [OLD]: token("older") }, OLD);
    await machine.runOnce(first.part);
    machine.yields = true;
    for (const sleep of [1, 2, 3, 4, 5, 6]) {
      const folder = `C:\\elsewhere\\${sleep}`;
      machine.shareTokens(folder, { [NEW]: token(`${sleep}`) }, NEW);
      machine.pauses[sleep] = [{ move: folder, to: SHARE }];
    }
    const task = machine.runTask(7);
    const runs = await Promise.all([
      task,
      machine.runOnce(first.part),
      machine.runOnce(first.part),
    ]);
    for (const { variables } of runs) assert.deepEqual(variables, runs[0].variables);
    assert.equal(machine.published(), token("6"));
    assert.deepEqual(machine.names(FOLDER).filter((name) => name.startsWith("token")), ["token"]);
  },
};
