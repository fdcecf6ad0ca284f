import assert from "node:assert/strict";
import { LINUX } from "../support/kubevirt.ts";
import {
  accepts,
  IRSA_ENVIRONMENT,
  runSidecar,
  runtimeEnvironment,
  sidecarCommand,
  startSidecar,
} from "../support/sidecar.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "hooks-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const) {
  Deno.test(`${signal} removes the socket and ends with 0`, () =>
    inFolder(async (folder) => {
      const sidecar = await startSidecar({ socket: `${folder}/s.sock` });
      assert.equal((await sidecar.stop(signal)).code, 0);
      assert.deepEqual(namesIn(folder), []);
    }));
}

Deno.test("Shutdown is answered, removes the socket and ends with 0", () =>
  inFolder(async (folder) => {
    const sidecar = await startSidecar({ socket: `${folder}/s.sock` });
    await new VirtLauncher(sidecar.socket).shutdown();
    assert.equal((await sidecar.status).code, 0);
    assert.deepEqual(namesIn(folder), []);
  }));

Deno.test("nothing but the socket is ever in the folder", () =>
  inFolder(async (folder) => {
    await using sidecar = await startSidecar({ socket: `${folder}/s.sock` });
    const launcher = new VirtLauncher(sidecar.socket);
    await launcher.preCloudInitIso(LINUX);
    await launcher.onDefineDomain(LINUX);
    assert.deepEqual(namesIn(folder), ["s.sock"]);
  }));

Deno.test("a token file that no guest could be told of is no role, with a warning", async () => {
  const env = { ...IRSA_ENVIRONMENT, AWS_WEB_IDENTITY_TOKEN_FILE: "/t/to\nken" };
  await using sidecar = await startSidecar({ env });
  const launcher = new VirtLauncher(sidecar.socket);
  assert.deepEqual((await launcher.info()).hookPoints.map(({ name }) => name), ["Shutdown"]);
  assert.deepEqual(await launcher.preCloudInitIso(LINUX), LINUX.cloudInitData);
  await sidecar.stop();
  const [warning] = sidecar.events.filter(({ level }) => level === "warning");
  assert.match(warning?.msg ?? "", /^AWS_WEB_IDENTITY_TOKEN_FILE names no absolute path of a file/);
});

Deno.test("a stale socket is replaced", () =>
  inFolder(async (folder) => {
    const socket = `${folder}/s.sock`;
    const killed = await startSidecar({ socket });
    await killed.stop("SIGKILL");
    assert.deepEqual(namesIn(folder), ["s.sock"]);
    await using sidecar = await startSidecar({ socket });
    assert.equal((await new VirtLauncher(sidecar.socket).info()).name, "eks-irsa");
  }));

Deno.test("a live socket is an error, and goes on living", () =>
  inFolder(async (folder) => {
    await using first = await startSidecar({ socket: `${folder}/s.sock` });
    const second = await runSidecar({ args: ["--socket", first.socket], env: IRSA_ENVIRONMENT });
    assert.equal(second.code, 1);
    assert.match(second.stderr, /s\.sock is served by another process/);
    assert.equal((await new VirtLauncher(first.socket).info()).name, "eks-irsa");
  }));

Deno.test("a file in the socket's place is an error, and stays", () =>
  inFolder(async (folder) => {
    const socket = `${folder}/s.sock`;
    await Deno.writeTextFile(socket, "mine");
    const result = await runSidecar({ args: ["--socket", socket], env: IRSA_ENVIRONMENT });
    assert.equal(result.code, 1);
    assert.match(result.stderr, /is no socket: name another path with --socket/);
    assert.equal(await Deno.readTextFile(socket), "mine");
  }));

Deno.test("a folder that is not there is an error with what to do", async () => {
  const args = ["--socket", "/nowhere/at/all/s.sock"];
  const result = await runSidecar({ args, env: IRSA_ENVIRONMENT });
  assert.equal(result.code, 1);
  assert.match(result.stderr, /^eks-irsa-sidecar: .*\/nowhere\/at\/all\/s\.sock.*folder/);
});

const DEFAULT_SOCKETS: readonly (readonly [Record<string, string>, string])[] = [
  [{ CONTAINER_NAME: "hook-sidecar-3" }, "eks-irsa-hook-sidecar-3.sock"],
  [{}, "eks-irsa.sock"],
];

for (const [env, name] of DEFAULT_SOCKETS) {
  Deno.test(`the socket is ${name} with the environment ${JSON.stringify(env)}`, async () => {
    const hookFolder = "/var/run/kubevirt-hooks";
    const made = await Deno.mkdir(hookFolder).then(() => true, () => false);
    try {
      const [program, ...args] = sidecarCommand();
      const child = new Deno.Command(program, {
        args,
        env: { ...runtimeEnvironment(), ...env },
        clearEnv: true,
        stdout: "null",
        stderr: "piped",
      }).spawn();
      let ended = false;
      child.status.then(() => ended = true);
      const deadline = Date.now() + 20_000;
      // Where the folder cannot be made, the program ends by itself.
      while (!ended && !(await accepts(`${hookFolder}/${name}`)) && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const names = made ? namesIn(hookFolder) : [name];
      if (!ended) child.kill("SIGTERM");
      const { stderr } = await child.output();
      assert.deepEqual(names, [name]);
      assert.match(new TextDecoder().decode(stderr), new RegExp(`${hookFolder}/${name}`));
    } finally {
      if (made) await Deno.remove(hookFolder, { recursive: true });
    }
  });
}

const LINES: readonly (readonly [readonly string[], RegExp])[] = [
  [["--bogus"], /Unknown flag --bogus\. Valid are: --version, /],
  [["bogus"], /Unknown command "bogus"\. Valid /],
  [["--version", "v1"], /--version cannot be "v1"\. Valid are: v1alpha1, v1alpha2, v1alpha3/],
  [["--version"], /--version needs a value/],
  [["--os", "bsd"], /--os cannot be "bsd"\. Valid are: auto, linux, windows/],
  [["--hooks", "all"], /--hooks cannot have "all"\. Valid are: onDefineDomain, preCloudInitIso/],
  [["--log-level", "loud"], /Valid are: debug, error, info, warning/],
  [["--log-format", "xml"], /Valid are: json, text/],
  [["--token-readers", "group:a b"], /Valid are: everyone, root, group:NAME/],
  [["--mount-tag", "x".repeat(37)], /--mount-tag has more than 36 bytes/],
  [["--socket", `/${"x".repeat(107)}`], /--socket names a path of more than 107 bytes/],
];

for (const [args, message] of LINES) {
  Deno.test(`the command line ${args.join(" ").slice(0, 40)} is a one-line error and exit code 2`, async () => {
    const result = await runSidecar({ args });
    assert.equal(result.code, 2);
    assert.match(result.stderr, message);
    assert.equal(result.stderr.trimEnd().split("\n").length, 1);
  });
}

Deno.test("--help prints the version and every flag", async () => {
  const { code, stdout } = await runSidecar({ args: ["--help"] });
  const { version } = JSON.parse(
    await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
  );
  assert.equal(code, 0);
  assert(stdout.includes(version));
  for (
    const flag of [
      "version",
      "socket",
      "hooks",
      "os",
      "mount-path",
      "mount-tag",
      "virtiofs-socket",
      "token-readers",
      "log-level",
      "log-format",
    ]
  ) assert(stdout.includes(`--${flag} `), flag);
});

Deno.test("the log is for people with --log-format text, and for KubeVirt otherwise", async () => {
  await using people = await startSidecar({ args: ["--log-format", "text"] });
  await people.stop();
  assert.match(people.stderr, /^\S+Z info: Listening on .*s\w*\.sock\./);
  await using kubevirt = await startSidecar();
  await kubevirt.stop();
  for (const event of kubevirt.events) {
    assert.deepEqual(
      ["component", "level", "msg", "pos", "timestamp"].filter((field) => !(field in event)),
      [],
    );
  }
});
