import assert from "node:assert/strict";
import { replaceSettings } from "../../support/guest_part.ts";
import { repositoryPath } from "../../support/paths.ts";
import { INSTALLED, PROGRAMS, recordable } from "./powershell_machine.ts";
import { LATER, NEW, OLD, type Scenario, TASK, token, variablesOf } from "./powershell_written.ts";

/** The installed script and its task. */
export const TASK_SCENARIOS: Readonly<Record<string, Scenario>> = {
  async "installing the script fails once: it is installed in the same run"(machine, { first }) {
    machine.mountTokens({ [OLD]: token("today's") }, OLD);
    machine.write(PROGRAMS, "not a folder");
    machine.pauses = { 1: [{ remove: PROGRAMS }] };
    const recorded = await machine.runOnce(first.part);
    assert.deepEqual(recorded.sleeps, [5]);
    assert.deepEqual(recorded.events, ["Information 1"]);
    assert.deepEqual(recorded.tasks, [TASK]);
    assert.deepEqual(recorded.started, ["eks-irsa-sidecar"]);
    assert.equal(machine.installed(), recordable(first.part));
  },

  async "settings that the first run cannot use: the task is registered all the same"(
    machine,
    { first },
  ) {
    const unknown = (text: string) => text.replace('"format":1,', '"format":2,');
    const recorded = await machine.runOnce(replaceSettings(first.part, unknown));
    assert.deepEqual(recorded.events, ["Error 5"]);
    assert.deepEqual(recorded.tasks, [TASK]);
    assert.deepEqual(recorded.variables, {});
  },

  async "installing the script always fails: no task, and an event says how to repeat the run"(
    machine,
    { first },
  ) {
    machine.mountTokens({ [OLD]: token("today's") }, OLD);
    machine.write(PROGRAMS, "not a folder");
    const recorded = await machine.runOnce(first.part);
    assert.deepEqual(recorded.sleeps, Array(12).fill(5));
    assert.deepEqual(recorded.events, ["Information 1", "Error 10"]);
    assert.match(recorded.messages[1] ?? "", /UserDataPlugin/);
    assert.deepEqual(recorded.tasks, []);
    assert.deepEqual(recorded.started, []);
  },

  async "installing the script always fails, and there is an older one: its task is registered"(
    machine,
    { first },
  ) {
    machine.mountTokens({ [OLD]: token("today's") }, OLD);
    machine.write(INSTALLED, "# An older one.\n");
    machine.locked = [INSTALLED];
    const recorded = await machine.runOnce(first.part);
    assert.equal(machine.installed(), "# An older one.\n");
    assert.deepEqual(recorded.tasks, [TASK]);
    assert.deepEqual(recorded.events, ["Information 1", "Error 10"]);
  },

  async "updating the script on a later boot fails: the settings are today's all the same"(
    machine,
    { first, later },
  ) {
    machine.mountTokens({ [OLD]: token("older") }, OLD);
    await machine.runOnce(first.part);
    await machine.restart();
    machine.mountTokens({ [NEW]: token("newer") }, NEW);
    machine.attach("cidata", "D", later.userData);
    machine.locked = [INSTALLED];
    const recorded = await machine.runTask(14);
    assert.deepEqual(recorded.variables, variablesOf(LATER));
    assert.equal(machine.published(), token("newer"));
    assert.equal(machine.installed(), recordable(first.part));
  },

  async "an older installed script and its task are taken over"(machine, { first, later }) {
    const older = Deno.readTextFileSync(repositoryPath("tests/fixtures/windows-script-0.1.0.txt"));
    const settings = first.part.slice(first.part.indexOf("#eks-irsa-settings: "));
    machine.write(`${PROGRAMS}\\irsa.ps1`, recordable(older + settings));
    machine.mountTokens({ [NEW]: token("newer") }, NEW);
    machine.attach("cidata", "D", later.userData);
    const recorded = await machine.runTask(2, `${PROGRAMS}\\irsa.ps1`);
    assert.deepEqual(recorded.variables, variablesOf(LATER));
    assert.equal(machine.installed(), recordable(later.part));
    assert.deepEqual(recorded.tasks, [TASK]);
    assert.deepEqual(machine.names(PROGRAMS), ["startup.ps1"]);
    assert.equal(machine.published(), token("newer"));
    assert.deepEqual(recorded.sleeps, [30, 30], "it does not go on");
  },
};
