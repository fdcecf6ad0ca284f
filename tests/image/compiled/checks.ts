import assert from "node:assert/strict";
import { pack } from "../../../bench/pack.ts";
import { RUNTIME_FLAGS } from "../../../build/runtime_flags.ts";
import { COMMANDS } from "../../../src/cli/commands.ts";
import { repositoryPath } from "../../support/paths.ts";
import { IRSA_ENVIRONMENT, runtimeEnvironment, startSidecar } from "../../support/sidecar.ts";
import { assertStripped, containedBinary, processFacts } from "../contained.ts";
import { expectedPermissions, grantedPermissions, readMetadata } from "../embedded.ts";
import { check, suite, withProgram } from "../report.ts";
import { type CompiledProgram, compileProgram } from "./compile.ts";
import type { ProbeReport } from "./probe_report.ts";

/** The version of requirements.txt. */
const DENO = "2.6.10";

/** Folders whose files the commands for people are asked about. */
const MANIFESTS = [repositoryPath("tests/operator/manifests"), repositoryPath("examples")];

/**
 * Compiles the bundle on a real base binary, of an older Deno, and runs what that Deno can run of it in the
 * root file system. It cannot serve: its node:http2 does not carry @grpc/grpc-js, so that calls stay without
 * an answer.
 */
export async function compiledBinary(root: string): Promise<void> {
  const { files: [entry], command: bundleCommand } = await pack();
  let sidecar: CompiledProgram | undefined;
  await check(`Deno ${DENO} and its base binary compile the bundle`, async () => {
    sidecar = await compileProgram("eks-irsa-sidecar", entry, RUNTIME_FLAGS);
  });
  if (sidecar === undefined) return;
  const command = await containedBinary(root, sidecar.file, MANIFESTS);
  await check(`compiled by Deno ${DENO}, it prints what the bundle prints`, async () => {
    for (const args of await commandLines()) {
      const [binary, bundle] = await Promise.all([
        output([...command, ...args]),
        output([...bundleCommand, ...args]),
      ]);
      assert.deepEqual(binary, bundle, args.join(" "));
    }
  });
  await suite(
    "compiled, the commands for people in it",
    "tests/operator/command_line_test.ts",
    command,
    { atLeast: 20 },
  );
  await withProgram(
    command,
    () =>
      check("compiled, it listens, stripped of everything, and ends when it is told to", listens),
  );
  await suite(
    "compiled, what of its life needs no call",
    "tests/integration/lifecycle_test.ts",
    command,
    { atLeast: 4, filter: "/^SIG[A-Z]+ removes the socket/" },
  );
  await permissions(root, sidecar, command);
}

async function permissions(
  root: string,
  sidecar: CompiledProgram,
  command: readonly string[],
): Promise<void> {
  const expected = expectedPermissions();
  const source = repositoryPath("tests/image/compiled/probe.ts");
  const probe = await compileProgram("probe", source, RUNTIME_FLAGS);
  const unconfined = await compileProgram("unconfined-probe", source, ["--allow-all"]);
  const metadata = await readMetadata(sidecar.file, sidecar.baseBytes);
  await check("compiled, it has the permissions of the task start, and no other", async () => {
    assert.deepEqual(grantedPermissions(metadata), expected);
    const probed = await readMetadata(probe.file, probe.baseBytes);
    assert.deepEqual(metadata.permissions, probed.permissions);
    assert.deepEqual(metadata.v8Flags, probed.v8Flags);
    assert.deepEqual([metadata.args, probed.args], [[], []]);
  });
  const report = async (program: string, ...args: readonly string[]) => {
    const { code, stdout, stderr } = await output([
      ...await containedBinary(root, program),
      ...args,
    ]);
    assert.equal(code, 0, stderr);
    // The line is probe.ts's own.
    return JSON.parse(stdout) as ProbeReport;
  };
  await check("compiled with its permissions, a program can do nothing beyond them", async () => {
    // What works with every permission fails for the lack of one, and for nothing else.
    const allowed = await report(unconfined.file);
    const refused = await report(probe.file);
    assert.deepEqual([allowed.deno, refused.deno], [DENO, DENO]);
    assert.ok(Object.keys(refused.acts).length > 0);
    for (const [act, outcome] of Object.entries(refused.acts)) {
      assert.equal(allowed.acts[act], "allowed", act);
      assert.equal(outcome, "NotCapable", act);
    }
    const granted = Object.entries(refused.permissions).filter(([, state]) => state === "granted");
    assert.deepEqual(granted.map(([name]) => `allow_${name}`), expected);
  });
  await check("compiled, it takes no permission from its command line", async () => {
    const args = ["--allow-all", "--allow-run"];
    const plain = await report(probe.file);
    assert.deepEqual(await report(probe.file, ...args), { ...plain, args });
    const { code, stderr } = await output([...command, "--allow-run"]);
    assert.equal(code, 2);
    assert.match(stderr, /^eks-irsa-sidecar: Unknown flag --allow-run\./);
  });
}

async function listens(): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "hooks-" });
  const sidecar = await startSidecar({
    socket: `${folder}/sidecar.sock`,
    env: { ...IRSA_ENVIRONMENT, CONTAINER_NAME: "hook-sidecar-0" },
  });
  const facts = await processFacts(sidecar.pid);
  const { code } = await sidecar.stop();
  await assertStripped(facts, folder);
  assert.equal(code, 0);
  assert.deepEqual([...Deno.readDirSync(folder)], []);
  await Deno.remove(folder, { recursive: true });
}

/** Command lines of every command, right ones and wrong ones. */
async function commandLines(): Promise<readonly (readonly string[])[]> {
  const files: string[] = [];
  for (const folder of MANIFESTS) {
    for await (const { name, isFile } of Deno.readDir(folder)) {
      // One that cannot be read would keep the others from being looked at.
      if (isFile && !name.endsWith(".txt")) files.push(`${folder}/${name}`);
    }
  }
  assert.ok(files.length > 10, "The manifests are gone.");
  const unreadable = repositoryPath("tests/operator/manifests/helm-template.yaml.txt");
  return [
    ["version"],
    ["--help"],
    ...Object.keys(COMMANDS).map((name) => ["help", name]),
    ["completion", "bash"],
    ["completion", "zsh"],
    ["check", ...files],
    ["check", ...files, "--output", "json"],
    ["preview", ...files],
    ["preview", ...files, "--output", "json"],
    ["preview", ...files, "--output", "domain"],
    ...["linux-webhook.yaml", "windows.yaml"].map((name) => [
      "preview",
      repositoryPath(`examples/${name}`),
      "--output",
      "user-data",
    ]),
    ["sevre"],
    ["preview"],
    ["check", unreadable],
    ["check", "/nowhere.yaml"],
    ["check", "/nowhere.yaml", "--kubvirt", "x"],
  ];
}

async function output([program = "", ...args]: readonly string[]) {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    env: { ...runtimeEnvironment(), NO_COLOR: "1" },
    clearEnv: true,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}
