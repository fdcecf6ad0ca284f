import assert from "node:assert/strict";
import { PUBLISHED, recordable, type RecordedMachine } from "./powershell_machine.ts";
import {
  LATER,
  NEW,
  OLD,
  orders,
  type Scenario,
  START,
  SYSPREP_LATER_ROLE,
  SYSPREP_ROLE,
  type SysprepFiles,
  sysprepVariables,
  TASK,
  token,
  variablesOf,
} from "./powershell_written.ts";

/** A machine that was set up with the script on its sysprep CD, and is started again with the share mounted. */
async function startedAgain(machine: RecordedMachine, sysprep: SysprepFiles): Promise<void> {
  machine.mountTokens({ [OLD]: token("older") }, OLD);
  machine.attach("unattendCD", "E", sysprep.first);
  await machine.runCommand(sysprep.command);
  await machine.restart();
  machine.mountTokens({ [NEW]: token("newer") }, NEW);
  machine.detach();
}

/** A machine without cloud-init, whose script is on the CD of a sysprep volume. */
export const SYSPREP_SCENARIOS: Readonly<Record<string, Scenario>> = {
  async "sysprep: the unattend file's command runs the script on the CD, which sets up role, task and token"(
    machine,
    { sysprep },
  ) {
    machine.installWinFsp();
    machine.offerTokens({ [OLD]: token("today's") }, OLD);
    machine.attach("unattendCD", "E", sysprep.first);
    const recorded = await machine.runCommand(sysprep.command);
    assert.deepEqual(recorded.variables, sysprepVariables(SYSPREP_ROLE));
    assert.deepEqual(recorded.events, ["Information 1"]);
    assert.deepEqual(orders(recorded.launched), [START]);
    assert.deepEqual(recorded.tasks, [TASK]);
    assert.deepEqual(recorded.started, ["eks-irsa-sidecar"]);
    assert.equal(machine.installed(), recordable(sysprep.first));
    assert.equal(machine.published(), token("today's"));
  },

  async "sysprep: the command passes over a CD that is not QEMU's, and one with another label"(
    machine,
    { sysprep },
  ) {
    machine.mountTokens({ [OLD]: token("today's") }, OLD);
    machine.attach("unattendCD", "E", sysprep.first, "user");
    machine.attach("another", "F", sysprep.first);
    const recorded = await machine.runCommand(sysprep.command);
    assert.deepEqual(recorded.variables, {});
    assert.deepEqual(recorded.tasks, []);
    assert.equal(machine.installed(), undefined);
  },

  async "sysprep: a changed file on the CD is the next boot's role, with an event that says restart"(
    machine,
    { sysprep },
  ) {
    await startedAgain(machine, sysprep);
    machine.attach("unattendCD", "E", sysprep.later);
    const recorded = await machine.runTask(1);
    assert.deepEqual(recorded.variables, sysprepVariables(SYSPREP_LATER_ROLE));
    assert.deepEqual(recorded.events, ["Warning 6", "Information 1"]);
    assert.deepEqual(recorded.sleeps, [30]);
    assert.equal(machine.installed(), recordable(sysprep.later));
    assert.equal(machine.published(), token("newer"));
  },

  async "sysprep: a later boot passes over a CD that is not QEMU's"(machine, { sysprep }) {
    await startedAgain(machine, sysprep);
    machine.attach("unattendCD", "E", sysprep.later, "user");
    const recorded = await machine.runTask(7);
    assert.deepEqual(recorded.variables, sysprepVariables(SYSPREP_ROLE));
    assert.equal(machine.installed(), recordable(sysprep.first));
    assert.deepEqual(recorded.events, ["Warning 9", "Warning 7", "Information 1"]);
  },

  async "sysprep: a cloud-init disk comes before the CD, whichever drive it is"(
    machine,
    { later, sysprep },
  ) {
    await startedAgain(machine, sysprep);
    machine.attach("unattendCD", "D", sysprep.first);
    machine.attach("config-2", "E", later.userData);
    const recorded = await machine.runTask(1);
    assert.deepEqual(recorded.variables, variablesOf(LATER));
    assert.equal(machine.installed(), recordable(later.part));
  },

  async "sysprep: a CD without the file takes no role away, and an empty file does"(
    machine,
    { sysprep },
  ) {
    await startedAgain(machine, sysprep);
    machine.attach("unattendCD", "E");
    const without = await machine.runTask(7);
    assert.deepEqual(without.variables, sysprepVariables(SYSPREP_ROLE));
    assert.deepEqual(without.events, ["Warning 7", "Information 1"]);
    await machine.restart();
    machine.detach();
    machine.attach("unattendCD", "E", "");
    const empty = await machine.runTask(100);
    assert.deepEqual(empty.variables, {});
    assert.deepEqual(empty.events, ["Warning 4"]);
    assert.equal(machine.read(PUBLISHED), undefined);
  },
};
