import assert from "node:assert/strict";
import { recordable, type RecordedMachine } from "./powershell_machine.ts";
import {
  AWKWARD,
  LATER,
  OLD,
  type Scenario,
  SEED,
  token,
  type UserData,
  variablesOf,
} from "./powershell_written.ts";

/** A machine that has had its first run, and is started again with the share mounted. */
async function startedAgain(machine: RecordedMachine, first: UserData): Promise<void> {
  machine.mountTokens({ [OLD]: token("older") }, OLD);
  await machine.runOnce(first.part);
  await machine.restart();
  machine.mountTokens({ [OLD]: token("older") }, OLD);
}

/** The search for today's script. */
export const DISK_SCENARIOS: Readonly<Record<string, Scenario>> = {
  async "second disk without settings: the first one with settings counts"(
    machine,
    { first, later },
  ) {
    await startedAgain(machine, first);
    machine.attach("cidata", "D", SEED);
    machine.attach("config-2", null);
    machine.attach("config-2", null, later.userData);
    const recorded = await machine.runTask(1);
    assert.deepEqual(recorded.variables, variablesOf(LATER));
    assert.deepEqual(recorded.events, ["Warning 6", "Information 1"]);
  },

  async "no disk that can be read: the role of the last boot, and an event"(machine, { first }) {
    await startedAgain(machine, first);
    machine.attach("config-2", "E");
    const recorded = await machine.runTask(7);
    assert.deepEqual(recorded.variables, variablesOf(AWKWARD));
    assert.deepEqual(recorded.sleeps, [5, 5, 5, 5, 5, 5, 30]);
    assert.deepEqual(recorded.events, ["Warning 7", "Information 1"]);
    assert.match(recorded.messages[0] ?? "", /cdrom: \{bus: sata\}/);
  },

  async "no disk at all: the search ends after half a minute"(machine, { first }) {
    await startedAgain(machine, first);
    const recorded = await machine.runTask(7);
    assert.deepEqual(recorded.sleeps, [5, 5, 5, 5, 5, 5, 30]);
    assert.deepEqual(recorded.events, ["Warning 7", "Information 1"]);
  },

  async "an image that a user has mounted is passed over, beside the drive that QEMU made"(
    machine,
    { first, later },
  ) {
    await startedAgain(machine, first);
    const theirs = later.userData.replace("$product =", "# A user's.\n$product =");
    machine.attach("config-2", "E", theirs, "user");
    machine.attach("config-2", "F", later.userData);
    const recorded = await machine.runTask(1);
    assert.equal(machine.installed(), recordable(later.part));
    assert.deepEqual(recorded.events, ["Warning 9", "Warning 6", "Information 1"]);
    assert.match(recorded.messages[0] ?? "", /E:\\/);
  },

  async "an image that a user has mounted is passed over where there is no other drive"(
    machine,
    { first, later },
  ) {
    await startedAgain(machine, first);
    machine.attach("config-2", "E", later.userData, "user");
    machine.attach("cidata", null, SEED, "user");
    const recorded = await machine.runTask(7);
    assert.deepEqual(recorded.variables, variablesOf(AWKWARD));
    assert.equal(machine.installed(), recordable(first.part));
    assert.deepEqual(recorded.events, ["Warning 9", "Warning 7", "Information 1"]);
  },

  async "a disk with the label that is no CD-ROM drive is passed over"(machine, { first, later }) {
    await startedAgain(machine, first);
    machine.attach("cidata", "E", later.userData, null);
    const recorded = await machine.runTask(7);
    assert.deepEqual(recorded.variables, variablesOf(AWKWARD));
    assert.deepEqual(recorded.events, ["Warning 9", "Warning 7", "Information 1"]);
  },

  async "the storage service comes up late: the search goes on"(machine, { first, later }) {
    await startedAgain(machine, first);
    machine.attach("cidata", "D", later.userData);
    machine.failures = 2;
    const recorded = await machine.runTask(3);
    assert.deepEqual(recorded.sleeps, [5, 5, 30]);
    assert.deepEqual(recorded.variables, variablesOf(LATER));
  },

  async "a script on the disk that PowerShell cannot read: the last one sees to today's settings"(
    machine,
    { first, later },
  ) {
    await startedAgain(machine, first);
    machine.attach(
      "cidata",
      "D",
      later.userData.replace("$product =", "if ($product =").replace(
        /\r?\n#eks-irsa-settings/,
        "\nif (\n#eks-irsa-settings",
      ),
    );
    const recorded = await machine.runTask(13);
    assert.deepEqual(recorded.events, ["Error 10", "Warning 6", "Information 1"]);
    assert.equal(machine.installed(), recordable(first.part));
    assert.deepEqual(recorded.variables, variablesOf(LATER));
  },
};
