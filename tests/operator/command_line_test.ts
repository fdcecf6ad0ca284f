import assert from "node:assert/strict";
import configuration from "../../deno.json" with { type: "json" };
import { helpText, parseCommandLine, UsageError } from "../../src/cli/command_line.ts";
import { COMMANDS, isCommandName } from "../../src/cli/commands.ts";
import { nearest } from "../../src/cli/nearest.ts";
import { styleFor } from "../../src/cli/style.ts";
import { repositoryPath } from "../support/paths.ts";
import { programPath } from "../support/scratch_guest.ts";
import { runSidecar, sidecarCommand } from "../support/sidecar.ts";

/** Runs a command whose output is a closed pipe, and returns its exit code. */
const READER_GONE = [
  "sh",
  "-c",
  'exit "$({ { sleep 0.2; "$@" 3>&-; echo $? >&3; } | :; } 3>&1)"',
  "sh",
];

/** Arguments, and the one line that says what is wrong with them and what is valid. */
const MISTAKES: readonly (readonly [readonly string[], RegExp])[] = [
  [
    ["sevre"],
    /"sevre"\. Did you mean serve\? Valid are: serve, preview, check, completion, help, version; serve is/,
  ],
  [["serve", "vm.yaml"], /^Unknown command "vm\.yaml"\. Valid/],
  [["--os", "linux", "preview"], /^The command preview has to come first\.$/],
  [["help", "chek"], /^Unknown command "chek"\. Did you mean check\?/],
  [["help", "check", "preview"], /^The command help explains one command at a time\.$/],
  [["version", "v1alpha3"], /^The command version stands alone\.$/],
  [
    ["--version"],
    /what eks-irsa-sidecar version prints\. The flag --version needs a value: v1alpha1/,
  ],
  [["-v"], /what eks-irsa-sidecar version prints\./],
  [["-V"], /what eks-irsa-sidecar version prints\./],
  [["check", "a", "--kubvirt", "b"], /^Unknown flag --kubvirt\. Did you mean --kubevirt\? Valid/],
  [["-x"], /^Unknown flag -x\. Valid are: /],
  [["--output", "text"], /^Unknown flag --output\. Valid are: --version, --socket, .*--help\.$/],
  [["preview", "vm.yaml", "--socket", "x"], /^Unknown flag --socket\. Valid are: --role-arn, /],
  [["preview"], /^The command preview needs a manifest: a FILE, or - for the standard input\.$/],
  [
    ["preview", "a", "--output", "yaml"],
    /--output cannot be "yaml"\. Valid are: domain, json, text, user-data/,
  ],
  [["preview", "a", "--os", "mac"], /--os cannot be "mac"\. Valid are: auto, linux, windows\.$/],
  [["preview", "a", "--role-arn"], /^The flag --role-arn needs a value: ARN\.$/],
  [
    ["preview", "a", "--role-arn", "arn:aws:iam::1:role/x"],
    /^The flag --role-arn cannot be "arn:aws:iam::1:role\/x"\. Valid is: arn:aws:iam::ACCOUNT/,
  ],
  [["preview", "a", "--role-arn", "--region=x"], /^The flag --role-arn needs a value: ARN\. One/],
  [["check", "a", "--kubevirt", "--", "b"], /^The flag --kubevirt needs a value: FILE\. One that/],
  [["preview", "a", "--mount-tag", "x".repeat(37)], /--mount-tag has more than 36 bytes/],
  [["preview", "a", "--mount-path", "relative"], /^The flag --mount-path names no absolute path/],
  [["check"], /^The command check needs a manifest/],
  [["check", "a", "--kubevirt="], /^The flag --kubevirt needs a value: FILE\.$/],
  [["check", "a", "--output", "user-data"], /cannot be "user-data"\. Valid are: json, text\.$/],
  [["completion"], /^The command completion needs the name of one shell\. Valid are: bash, zsh\.$/],
  [
    ["completion", "fish"],
    /^The command completion knows no shell "fish"\. Valid are: bash, zsh\.$/,
  ],
  [["completion", "bash", "zsh"], /needs the name of one shell\. Valid are: bash, zsh\.$/],
  [["completion", "--x"], /^Unknown flag --x\. Valid is: --help\.$/],
];

for (const [args, message] of MISTAKES) {
  Deno.test(`mistake: ${args.join(" ")}`, () => {
    assert.throws(() => parseCommandLine(args), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  });
}

Deno.test("a mistake is one line on stderr and exit code 2", async () => {
  const { code, stdout, stderr } = await runSidecar({ args: ["preview"], env: {} });
  assert.deepEqual([code, stdout], [2, ""]);
  assert.match(stderr, /^eks-irsa-sidecar: The command preview needs .*\n$/);
});

Deno.test("no command is serve, with the same options", () => {
  const args = ["--os", "windows", "--version=v1alpha3", "--hooks", "onDefineDomain"];
  assert.deepEqual(parseCommandLine(args), parseCommandLine(["serve", ...args]));
});

Deno.test("a value may start with a hyphen if it is joined to its flag; a lone hyphen is a file", () => {
  const command = parseCommandLine(["serve", "--socket=--y"]);
  assert.ok(command.name === "serve");
  assert.equal(command.options.socket, "--y");
  const check = parseCommandLine(["check", "a", "--service-account", "-"]);
  assert.ok(check.name === "check");
  assert.deepEqual(check.options.serviceAccountFiles, ["-"]);
});

Deno.test("flags are refused only if no guest that is possible can follow them", () => {
  for (const mountPath of ["/token", "C:\\token"]) {
    const command = parseCommandLine(["--mount-path", mountPath]);
    assert.ok(command.name === "serve");
    assert.equal(command.options.mountPath, mountPath);
  }
  parseCommandLine(["--token-readers", "root"]);
  parseCommandLine(["--version", "v1alpha1"]);
  parseCommandLine(["--version", "v1alpha1", "--hooks", "onDefineDomain"]);
});

Deno.test("the options of check", () => {
  const command = parseCommandLine(
    ["check", "a", "--service-account", "b", "-", "--service-account=c", "--kubevirt", "d"],
  );
  assert.deepEqual(command, {
    name: "check",
    options: {
      files: ["a", "-"],
      serviceAccountFiles: ["b", "c"],
      kubevirtFiles: ["d"],
      output: "text",
    },
  });
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
  assert.deepEqual(await run("ignition.yaml"), [1, ""]);
  assert.deepEqual(await run("fedora.json"), [0, ""]);
  assert.equal((await run("nowhere.yaml"))[0], 2);
});

/** A word with a typing mistake, known words, and the one that is suggested. */
const TYPED: readonly (readonly [string, readonly string[], string | undefined])[] = [
  ["chekc", ["serve", "check"], "check"],
  ["chek", ["check", "cheek"], "check"],
  ["chec", ["serve"], undefined],
  ["heip", ["help"], "help"],
  ["hexx", ["help"], undefined],
  ["", ["help"], undefined],
  ["--mount-pat", ["--mount-path", "--mount-tag"], "--mount-path"],
  ["--x", ["--os"], undefined],
];

for (const [typed, words, meant] of TYPED) {
  Deno.test(`the suggestion for ${JSON.stringify(typed)} is ${meant ?? "nothing"}`, () => {
    assert.equal(nearest(typed, words), meant);
  });
}

/** Commands that print, and their exit code if the output cannot be written. */
const PRINTING: readonly (readonly [readonly string[], number])[] = [
  [["--help"], 1],
  [["help", "check"], 1],
  [["version"], 1],
  [["completion", "bash"], 1],
  [["preview", "tests/operator/manifests/fedora.json"], 1],
  [["preview", "tests/operator/manifests/fedora.json", "--output", "user-data"], 1],
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
  const args = ["check", repositoryPath("tests/operator/manifests/ignition.yaml")];
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
      /^eks-irsa-sidecar: Without a command .*--help has .*\r\n\{/,
    );
    assert.match(await onTerminal("--log-level error"), /^\{/);
  },
});

Deno.test("output is coloured only on a terminal with colours, and never with NO_COLOR", () => {
  assert.equal(styleFor(true, {}).bad("x"), "\x1b[31mx\x1b[39m");
  assert.equal(styleFor(true, { NO_COLOR: "", TERM: "xterm" }).bad("x"), "\x1b[31mx\x1b[39m");
  assert.equal(styleFor(true, { NO_COLOR: "1" }).bad("x"), "x");
  assert.equal(styleFor(true, { TERM: "dumb" }).bad("x"), "x");
  assert.equal(styleFor(false, {}).bad("x"), "x");
});
