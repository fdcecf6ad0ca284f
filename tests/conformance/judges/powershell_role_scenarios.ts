import assert from "node:assert/strict";
import { replaceSettings } from "../../support/guest_part.ts";
import { FOLDER, PUBLISHED, recordable } from "./powershell_machine.ts";
import {
  AWKWARD,
  LATER,
  NEW,
  OLD,
  orders,
  PAST,
  type Scenario,
  SEED,
  START,
  TASK,
  token,
  variablesOf,
} from "./powershell_written.ts";
import { StsStub } from "./sts_stub.ts";

const CLONE = "12345678-0000-0000-0000-000000000002";

/** What a guest gets, boot by boot. */
export const ROLE_SCENARIOS: Readonly<Record<string, Scenario>> = {
  async "no WinFsp: the variables are set, and the event says what is missing"(machine, { first }) {
    const recorded = await machine.runOnce(first.part);
    assert.deepEqual(recorded.variables, variablesOf(AWKWARD));
    assert.deepEqual(recorded.events, ["Error 2"]);
    assert.deepEqual(recorded.sleeps, []);
    assert.deepEqual(recorded.tasks, [TASK]);
    assert.deepEqual(recorded.started, ["eks-irsa-sidecar"]);
    assert.equal(machine.installed(), recordable(first.part));
    assert.equal(machine.published(), undefined);
    // Wine forgets a volatile key, as Windows does: what this run said is then said again.
    await machine.restart();
    assert.deepEqual((await machine.runOnce(first.part)).events, ["Error 2"]);
  },

  async "mount: the launcher mounts the share, the token is published, and STS gives AWS's SDK the role"(
    machine,
    { first },
  ) {
    machine.installWinFsp();
    machine.offerTokens({ [OLD]: token("today's") }, OLD);
    const recorded = await machine.runOnce(first.part);
    assert.deepEqual(recorded.variables, variablesOf(AWKWARD));
    assert.deepEqual(recorded.events, ["Information 1"]);
    assert.deepEqual(recorded.sleeps, [5]);
    assert.deepEqual(orders(recorded.launched), [START]);
    assert.deepEqual(recorded.tasks, [TASK]);
    assert.equal(machine.published(), token("today's"));
    assert.deepEqual(Object.keys(recorded.folders), [FOLDER]);
    assert.equal(
      recorded.folders[FOLDER]?.Sddl,
      "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FRFX;;;WD)",
    );
    const file = machine.file(PUBLISHED);
    const again = await machine.runOnce(first.part);
    assert.equal(machine.file(PUBLISHED), file, "the same token is written anew");
    assert.deepEqual(again.variables, recorded.variables);
    assert.deepEqual(again.events, [], "it says the same twice");
    assert.deepEqual(orders(again.launched), []);
    await using sts = new StsStub();
    assert.match(await machine.identity(sts.url), /^arn:aws:sts::111122223333:assumed-role\//);
    sts.expectExchange(AWKWARD.AWS_ROLE_ARN ?? "", token("today's"));
  },

  async "second boot as task: today's role, today's script, a fresh token, and an event that says restart"(
    machine,
    { first, later },
  ) {
    machine.mountTokens({ [OLD]: token("older") }, OLD);
    await machine.runOnce(first.part);
    await machine.restart();
    machine.mountTokens({ [OLD]: token("older") }, OLD);
    const changed = (text: string) => text.replace("$product =", "# A later release.\n$product =");
    machine.attach("cidata", "D", changed(later.userData));
    machine.shareTokens("C:\\later share", { [NEW]: token("newer") }, NEW);
    machine.pauses = { 2: [{ move: "C:\\later share", to: `${FOLDER}\\share` }] };
    const recorded = await machine.runTask(3);
    // Exactly these: a variable that went is not there, nor empty.
    assert.deepEqual(recorded.variables, variablesOf(LATER));
    assert.deepEqual(recorded.events, ["Warning 6", "Information 1"]);
    assert.match(recorded.messages[0] ?? "", /restart/i);
    assert.deepEqual(recorded.sleeps, [30, 30, 30]);
    assert.deepEqual(recorded.tasks, []);
    assert.deepEqual(orders(recorded.launched), []);
    assert.equal(machine.published(), token("newer"));
    assert.equal(machine.installed(), recordable(changed(later.part)));
    await using sts = new StsStub();
    await machine.identity(sts.url);
    sts.expectExchange(LATER.AWS_ROLE_ARN ?? "", token("newer"));
  },

  async "the next boot with the same role says nothing of a restart"(machine, { first }) {
    machine.mountTokens({ [OLD]: token("older") }, OLD);
    await machine.runOnce(first.part);
    await machine.restart();
    machine.mountTokens({ [OLD]: token("older") }, OLD);
    machine.attach("cidata", "D", first.userData);
    const recorded = await machine.runTask(1);
    assert.deepEqual(recorded.variables, variablesOf(AWKWARD));
    assert.deepEqual(recorded.events, ["Information 1"]);
  },

  async "started again in the same boot, it asks no disk"(machine, { first, later }) {
    machine.mountTokens({ [OLD]: token("older") }, OLD);
    await machine.runOnce(first.part);
    machine.attach("cidata", "D", later.userData);
    const recorded = await machine.runTask(1);
    assert.deepEqual(recorded.variables, variablesOf(AWKWARD));
    assert.deepEqual(recorded.events, []);
    assert.equal(machine.installed(), recordable(first.part));
  },

  async "settings of a format that the script does not know: nothing changes"(
    machine,
    { first, later },
  ) {
    machine.mountTokens({ [OLD]: token("older") }, OLD);
    await machine.runOnce(first.part);
    await machine.restart();
    const unknown = (text: string) => text.replace('"format":1,', '"format":2,');
    machine.attach("cidata", "D", replaceSettings(later.userData, unknown));
    const recorded = await machine.runTask(100);
    assert.deepEqual(recorded.variables, variablesOf(AWKWARD));
    assert.deepEqual(recorded.events, ["Error 5"]);
    assert.deepEqual(recorded.sleeps, []);
    assert.equal(machine.published(), token("older"));
  },

  async "role gone: variables and token go, once, and it stays so for the boot and the next"(
    machine,
    { first },
  ) {
    machine.mountTokens({ [OLD]: token("older") }, OLD);
    await machine.runOnce(first.part);
    await machine.restart();
    machine.attach("config-2", "E", SEED);
    const recorded = await machine.runTask(100);
    assert.deepEqual(recorded.variables, {});
    assert.deepEqual(recorded.events, ["Warning 4"]);
    assert.deepEqual(recorded.sleeps, []);
    assert.equal(machine.published(), undefined);
    const again = await machine.runTask(100);
    assert.deepEqual(again.variables, {});
    assert.deepEqual(again.events, []);
    await machine.restart();
    const nextBoot = await machine.runTask(100);
    assert.deepEqual(nextBoot.variables, {});
    assert.deepEqual(nextBoot.events, [], "it says that a role went which was not there");
    await machine.restart();
    machine.detach();
    const noDisk = await machine.runTask(100);
    assert.deepEqual(noDisk.variables, {}, "the role before the last boot comes back");
    assert.deepEqual(noDisk.events, ["Warning 7"]);
  },

  async "a value that looks like a date stays a text (7 with DateKind; 5.1 makes no date of it)"(
    machine,
    { first },
  ) {
    const recorded = await machine.runOnce(first.part);
    assert.equal(recorded.variables.AWS_DATE, AWKWARD.AWS_DATE);
  },

  async "a clone without a disk: token and variables go before anything else, and stay away"(
    machine,
    { first, later },
  ) {
    machine.mountTokens({ [OLD]: token("older") }, OLD);
    await machine.runOnce(first.part);
    await machine.restart();
    machine.uuid = CLONE;
    const early = await machine.runTask(1);
    assert.deepEqual(early.variables, {});
    assert.equal(machine.published(), undefined);
    assert.deepEqual(early.events, ["Warning 8"]);
    await machine.restart();
    const next = await machine.runTask(100);
    assert.deepEqual(next.variables, {}, "it regains the role of the image");
    assert.deepEqual(next.events, ["Warning 7"]);
    assert.deepEqual(next.sleeps, Array(6).fill(5));
    await machine.restart();
    machine.mountTokens({ [NEW]: token("the clone's") }, NEW);
    machine.attach("config-2", "E", later.userData);
    const own = await machine.runTask(1);
    assert.deepEqual(own.variables, variablesOf(LATER));
    assert.equal(machine.published(), token("the clone's"));
    await machine.restart();
    machine.detach();
    const stays = await machine.runTask(7);
    assert.deepEqual(stays.variables, variablesOf(LATER), "its own role goes");
  },

  async "a clone on which cloudbase-init runs the part: the image's token goes at once"(
    machine,
    { first, later },
  ) {
    machine.mountTokens({ [OLD]: token("the image's") }, OLD);
    await machine.runOnce(first.part);
    await machine.restart();
    machine.uuid = CLONE;
    const recorded = await machine.runOnce(later.part);
    assert.deepEqual(recorded.variables, variablesOf(LATER));
    assert.equal(machine.published(), undefined);
    assert.deepEqual(recorded.events, ["Warning 8", "Error 3"]);
  },

  async "WMI that never answers takes no role away"(machine, { first }) {
    machine.mountTokens({ [OLD]: token("older") }, OLD);
    await machine.runOnce(first.part);
    await machine.restart();
    machine.uuid = null;
    const recorded = await machine.runTask(13);
    assert.deepEqual(recorded.variables, variablesOf(AWKWARD));
    assert.equal(machine.published(), token("older"));
  },

  async "a reboot keeps a good token until a new one comes, and not one that has expired"(
    machine,
    { first },
  ) {
    machine.mountTokens({ [OLD]: token("good") }, OLD);
    await machine.runOnce(first.part);
    await machine.restart();
    machine.attach("cidata", "D", first.userData);
    await machine.runTask(3);
    assert.equal(machine.published(), token("good"));
    machine.write(PUBLISHED, token("expired", PAST));
    await machine.restart();
    await machine.runTask(3);
    assert.equal(machine.published(), undefined);
  },
};
