import assert from "node:assert/strict";
import configuration from "../../deno.json" with { type: "json" };
import { helpText, parseCommandLine } from "../../src/cli/command_line.ts";
import { COMMANDS, isCommandName } from "../../src/cli/commands.ts";
import { repositoryPath } from "../support/paths.ts";
import { programPath } from "../support/scratch_guest.ts";
import { runSidecar, sidecarCommand } from "../support/sidecar.ts";

/**
 * Runs a command whose output nobody reads, from its first byte on, and ends as it does. The reader has gone
 * when a write to it fails.
 */
const READER_GONE = [
  "sh",
  "-c",
  `exit "$({ { (trap '' PIPE; while printf x; do :; done) 2>/dev/null; "$@" 3>&-; echo $? >&3; } | :; } 3>&1)"`,
  "sh",
];

Deno.test("a mistake is one line on stderr and exit code 2", async () => {
  const { code, stdout, stderr } = await runSidecar({ args: ["preview"], env: {} });
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^eks-irsa-sidecar: The command preview needs .*\n$/);
});

Deno.test("every command has a help with its flags, an example and the exit codes", async () => {
  for (const [name, { flags }] of Object.entries(COMMANDS)) {
    assert.ok(isCommandName(name));
    const text = helpText("1.2.3", name);
    assert.ok(text.startsWith(`eks-irsa-sidecar 1.2.3 ${name}: `), name);
    for (const flag of Object.keys(flags)) assert.ok(text.includes(`\n  --${flag} `), flag);
    assert.match(text, /\nExamples?:\n {2}.*eks-irsa-sidecar/);
    assert.match(text, /\nExit codes: 0 /);
    assert.ok(text.split("\n").every((line) => line.length <= 110), name);
    const { code, stdout } = await runSidecar({ args: [name, "--help"], env: {} });
    assert.equal(code, 0);
    assert.equal(stdout, helpText(configuration.version, name));
    assert.deepEqual(parseCommandLine(["help", name]), { name: "help", of: name });
  }
  const { stdout } = await runSidecar({ args: ["-h"], env: {} });
  for (const name of Object.keys(COMMANDS)) assert.ok(stdout.includes(`\n  ${name} `));
  assert.match(stdout, /\n {2}--token-readers /);
});

Deno.test("help is --help, and version prints the program's own", async () => {
  assert.deepEqual(parseCommandLine(["help"]), parseCommandLine(["--help"]));
  const { code, stdout } = await runSidecar({ args: ["version"], env: {} });
  assert.deepEqual([code, stdout], [0, `eks-irsa-sidecar ${configuration.version}\n`]);
});

Deno.test("check ends with 1 for errors, 0 for warnings alone, 2 if it cannot read a file", async () => {
  const run = async (name: string) => {
    const file = repositoryPath(`tests/operator/manifests/${name}`);
    const { code, stderr } = await runSidecar({ args: ["check", file], env: {} });
    return [code, stderr];
  };
  assert.deepEqual(await run("windows-sysprep.yaml"), [1, ""]);
  assert.deepEqual(await run("fedora.json"), [0, ""]);
  assert.equal((await run("nowhere.yaml"))[0], 2);
});

/** Commands that print, and their exit code where the output cannot be written. */
const PRINTING: readonly (readonly [readonly string[], number])[] = [
  [["--help"], 1],
  [["help", "check"], 1],
  [["version"], 1],
  [["completion", "bash"], 1],
  [["preview", "tests/operator/manifests/fedora.json"], 1],
  [["preview", "tests/operator/manifests/fedora.json", "--output", "user-data"], 1],
  [["sysprep", "--output", "command"], 1],
  [["check", "tests/operator/manifests/fedora.json"], 2],
  [["check", "tests/operator/manifests/fedora.json", "--output", "json"], 2],
];

for (const [args, failed] of PRINTING) {
  const paths = args.map((arg) => arg.includes("/") ? repositoryPath(arg) : arg);

  Deno.test({
    name: `a full disk is reported in one sentence: ${args.join(" ")}`,
    ignore: Deno.build.os !== "linux",
    async fn() {
      const wrapper = ["sh", "-c", 'exec "$@" >/dev/full', "sh"];
      const { code, stderr } = await runSidecar({ args: paths, wrapper, env: {} });
      assert.equal(
        stderr,
        "eks-irsa-sidecar: The output cannot be written: no space left on device.\n",
      );
      assert.equal(code, failed);
    },
  });

  Deno.test(`a closed pipe is no error: ${args.join(" ")}`, async () => {
    const { code, stderr } = await runSidecar({ args: paths, wrapper: READER_GONE, env: {} });
    assert.deepEqual([code, stderr], [0, ""]);
  });
}

Deno.test("check ends with 1 for errors, even if its output is a closed pipe", async () => {
  const args = ["check", repositoryPath("tests/operator/manifests/windows-sysprep.yaml")];
  const { code, stderr } = await runSidecar({ args, wrapper: READER_GONE, env: {} });
  assert.deepEqual([code, stderr], [1, ""]);
});

Deno.test({
  name: "if stderr cannot be written, the exit code still reports the mistake",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const wrapper = ["sh", "-c", 'exec "$@" 2>/dev/full', "sh"];
    assert.equal((await runSidecar({ args: ["--os"], wrapper, env: {} })).code, 2);
  },
});

/** The socket cannot be created, so serve ends at once. */
const NOT_SERVED = { CONTAINER_NAME: "nowhere/at/all" };

Deno.test("without a command and a terminal, only the log is written", async () => {
  const { code, stderr } = await runSidecar({ env: NOT_SERVED });
  assert.equal(code, 1);
  for (const line of stderr.trimEnd().split("\n")) assert.equal(JSON.parse(line).level, "error");
});

Deno.test({
  name: "without a command, a hint at --help is written to a terminal",
  ignore: Deno.env.get("CI") !== "true" && programPath("script") === undefined,
  async fn() {
    const onTerminal = async (args: string) => {
      const command = sidecarCommand().map((word) => `'${word}'`).join(" ");
      const { stdout } = await new Deno.Command("script", {
        args: ["-qec", `${command} ${args}`, "/dev/null"],
        env: { ...NOT_SERVED, NO_COLOR: "1" },
        stdin: "null",
      }).output();
      return new TextDecoder().decode(stdout);
    };
    assert.match(
      await onTerminal(""),
      /^eks-irsa-sidecar: Without a command .*--help lists .*\r\n\{/,
    );
    assert.match(await onTerminal("--log-level error"), /^\{/);
  },
});
