import assert from "node:assert/strict";
import configuration from "../../deno.json" with { type: "json" };
import { canHaveHookFolder, HOOK_FOLDER, withHookFolder } from "../support/hook_folder.ts";
import { LINUX } from "../support/kubevirt.ts";
import { repositoryPath } from "../support/paths.ts";
import { programPath } from "../support/scratch_guest.ts";
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

Deno.test("the folder never contains anything but the socket", () =>
  inFolder(async (folder) => {
    await using sidecar = await startSidecar({ socket: `${folder}/s.sock` });
    const launcher = new VirtLauncher(sidecar.socket);
    await launcher.preCloudInitIso(LINUX);
    await launcher.onDefineDomain(LINUX);
    assert.deepEqual(namesIn(folder), ["s.sock"]);
  }));

Deno.test("a token file with a path that no guest can be given is ignored, with a warning", async () => {
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

Deno.test("a socket that another sidecar serves is an error, and that sidecar keeps serving", () =>
  inFolder(async (folder) => {
    await using first = await startSidecar({ socket: `${folder}/s.sock` });
    const second = await runSidecar({ args: ["--socket", first.socket], env: IRSA_ENVIRONMENT });
    assert.equal(second.code, 1);
    assert.match(second.stderr, /s\.sock is served by another process/);
    assert.equal((await new VirtLauncher(first.socket).info()).name, "eks-irsa");
  }));

Deno.test("a served socket whose backlog is full is an error, and stays", () =>
  inFolder(async (folder) => {
    const socket = `${folder}/s.sock`;
    using listener = Deno.listen({ transport: "unix", path: socket });
    const waiting = await fillBacklog(socket);
    const result = await runSidecar({ args: ["--socket", socket], env: IRSA_ENVIRONMENT });
    const { ino } = await Deno.lstat(socket);
    assert.equal(result.code, 1, result.stderr);
    assert.match(result.stderr, /may be served by another process: .* or name another path with/);
    // The clients that wait are still in the listener's queue.
    using first = await listener.accept();
    await waiting[0]?.write(new Uint8Array([42]));
    assert.equal(await first.read(new Uint8Array(1)), 1);
    assert.equal((await Deno.lstat(socket)).ino, ino);
    for (const client of waiting) client.close();
  }));

// Root may do everything with every file unless it has no capabilities, as in the pod.
const hasSetpriv = programPath("setpriv") !== undefined;
// What another command than the source's does is its own: it may need the capabilities.
const isSource = sidecarCommand().at(-1) === repositoryPath("main.ts");
const wrapper = Deno.uid() === 0 && isSource
  ? ["setpriv", "--inh-caps=-all", "--bounding-set=-all", "--"]
  : [];

Deno.test({
  name:
    "a served socket without permission to open it is an error, and the other sidecar keeps serving",
  ignore: Deno.uid() === 0 && !hasSetpriv,
  fn: () =>
    inFolder(async (folder) => {
      await using first = await startSidecar({ socket: `${folder}/s.sock` });
      await Deno.chmod(first.socket, 0o000);
      const second = await runSidecar({ args: ["--socket", first.socket], wrapper });
      assert.equal(second.code, 1, second.stderr);
      assert.match(second.stderr, /served by another process/);
      await Deno.chmod(first.socket, 0o755);
      assert.equal((await new VirtLauncher(first.socket).info()).name, "eks-irsa");
    }),
});

Deno.test({
  name: "a stale socket in a folder that cannot be written is an error that says so",
  ignore: Deno.uid() === 0 && !(hasSetpriv && isSource),
  fn: () =>
    inFolder(async (folder) => {
      const socket = `${folder}/s.sock`;
      await (await startSidecar({ socket })).stop("SIGKILL");
      await Deno.chmod(folder, 0o500);
      const { code, stderr } = await runSidecar({ args: ["--socket", socket], wrapper });
      await Deno.chmod(folder, 0o700);
      assert.equal(code, 1);
      assert.match(stderr, /left behind .* cannot be removed: .* folder has to be writable/);
    }),
});

/** Connects clients until the backlog is full. Deno's has room for 1024. */
async function fillBacklog(socket: string): Promise<readonly Deno.UnixConn[]> {
  const clients: Deno.UnixConn[] = [];
  while (clients.length < 10_000) {
    try {
      clients.push(await Deno.connect({ transport: "unix", path: socket }));
    } catch (error) {
      if (error instanceof Deno.errors.WouldBlock) return clients;
      throw error;
    }
  }
  throw new Error("The backlog does not get full.");
}

Deno.test("a file at the socket's path is an error, and stays", () =>
  inFolder(async (folder) => {
    const socket = `${folder}/s.sock`;
    await Deno.writeTextFile(socket, "mine");
    const result = await runSidecar({ args: ["--socket", socket], env: IRSA_ENVIRONMENT });
    assert.equal(result.code, 1);
    assert.match(result.stderr, /is no socket: name another path with --socket/);
    assert.equal(await Deno.readTextFile(socket), "mine");
  }));

Deno.test("a missing folder is an error, and the message says what to do", async () => {
  const args = ["--socket", "/nowhere/at/all/s.sock"];
  const result = await runSidecar({ args, env: IRSA_ENVIRONMENT });
  assert.equal(result.code, 1);
  assert.match(result.stderr, /\/nowhere\/at\/all\/s\.sock.*Its folder has to exist/);
});

Deno.test("a start that fails logs one line at the level error, in the format of the log", async () => {
  const args = ["--socket", "/nowhere/at/all/s.sock", "--log-level", "error"];
  const { stderr } = await runSidecar({ args, env: IRSA_ENVIRONMENT });
  const { component, level, msg, pos, timestamp, ...rest } = JSON.parse(stderr);
  assert.equal(component, "eks-irsa-sidecar");
  assert.equal(level, "error");
  assert.match(msg, /^Cannot listen on /);
  assert.equal(pos, "serve.ts");
  assert(!Number.isNaN(Date.parse(timestamp)));
  assert.deepEqual(rest, {});
  const text = await runSidecar({ args: [...args, "--log-format", "text"], env: IRSA_ENVIRONMENT });
  assert.match(text.stderr, /^\S+Z error: Cannot listen on .*\n$/);
  assert.equal(text.code, 1);
});

const DEFAULT_SOCKETS: readonly (readonly [Record<string, string>, string])[] = [
  [{ CONTAINER_NAME: "hook-sidecar-3" }, "eks-irsa-hook-sidecar-3.sock"],
  [{}, "eks-irsa.sock"],
];

const hookFolder = await canHaveHookFolder();

for (const [env, name] of DEFAULT_SOCKETS) {
  Deno.test({
    name: `the socket is ${name} with the environment ${JSON.stringify(env)}` +
      (hookFolder ? "" : ": not tried, because no mount namespace can be had here"),
    ignore: !hookFolder,
    fn: () =>
      inFolder(async (folder) => {
        const [program, ...args] = withHookFolder(folder, sidecarCommand());
        const child = new Deno.Command(program, {
          args,
          env: { ...runtimeEnvironment(), ...env },
          clearEnv: true,
          stdout: "null",
          stderr: "piped",
        }).spawn();
        const deadline = Date.now() + 20_000;
        while (!(await accepts(`${folder}/${name}`)) && Date.now() < deadline) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        const names = namesIn(folder);
        try {
          child.kill("SIGTERM");
        } catch {
          // It has already ended, and its output says why.
        }
        const { code, stderr } = await child.output();
        const log = new TextDecoder().decode(stderr);
        assert.deepEqual(names, [name], log);
        assert(log.includes(`Listening on ${HOOK_FOLDER}/${name}.`), log);
        assert.equal(code, 0);
      }),
  });
}

const LINES: readonly (readonly [readonly string[], RegExp])[] = [
  [["--bogus"], /Unknown flag --bogus\. Valid flags: --version, /],
  [["bogus"], /Unknown command "bogus"\. Valid /],
  [["--version", "v1"], /--version cannot be "v1"\. Valid values: v1alpha1, v1alpha2, v1alpha3/],
  [["--version"], /--version needs a value/],
  [["--mount-tag", "--log-format=json", "--socket", "/s"], /--mount-tag needs a value: TAG\. .*=-/],
  [["--socket", "--version", "v1alpha1"], /--socket needs a value: PATH/],
  [["--os", "-h"], /--os needs a value: auto\|linux\|windows/],
  [["--socket", ""], /--socket needs a value: PATH/],
  [["--mount-tag="], /--mount-tag needs a value: TAG\.$/],
  [["--mount-tag", " "], /--mount-tag needs a value: TAG\.$/],
  [["--os", "bsd"], /--os cannot be "bsd"\. Valid values: auto, linux, windows/],
  [["--hooks", "all"], /--hooks cannot have "all"\. Valid values: onDefineDomain, preCloudInitIso/],
  [["--log-level", "loud"], /Valid values: debug, error, info, warning/],
  [["--log-format", "xml"], /Valid values: json, text/],
  [["--token-readers", "group:a b"], /Valid values: everyone, root, group:NAME/],
  [["--version", "v1alpha1", "--hooks", "preCloudInitIso"], /cannot have preCloudInitIso with/],
  [["--mount-path", "relative"], /names no absolute path of a Linux guest.*of a Windows guest/],
  [["--os", "linux", "--mount-path", "C:\\x"], /--mount-path names no absolute path of a Linux/],
  ...["/", "//", "/./"].map((path) =>
    [
      ["--os=linux", `--mount-path=${path}`],
      /--mount-path names no absolute path of a Linux/,
    ] as const
  ),
  ...["/etc", "/etc/", "//proc", "/run/.", "/var/run"].map((path) =>
    [["--os=linux", `--mount-path=${path}`], /--mount-path names a folder of the system/] as const
  ),
  ...[
    "/run/aws-iam-token",
    "/var/run/aws-iam-token/",
    "/run/aws-iam-token/x",
    "/run/eks-irsa-sidecar",
    "/run/eks-irsa-sidecar/disk",
  ].map((path) =>
    [
      ["--os=linux", `--mount-path=${path}`],
      /--mount-path names a folder that the sidecar's/,
    ] as const
  ),
  [["--os", "windows", "--mount-path", "/x"], /--mount-path names no path of a Windows guest/],
  [["--os=windows", "--token-readers=root"], /--token-readers can only be everyone for a Windows/],
  [["--mount-path=C:\\x", "--token-readers=root"], /Linux guest.*--token-readers can only be/],
  [
    ["--virtiofs-socket", "v.sock"],
    /--virtiofs-socket cannot be "v\.sock"\. Use an absolute/,
  ],
  [["--virtiofs-socket", `/${"x".repeat(107)}`], /--virtiofs-socket names a path of more than 107/],
  [["--mount-tag", "x".repeat(37)], /--mount-tag has more than 36 bytes/],
  [["--mount-tag", "é".repeat(19)], /--mount-tag has more than 36 bytes/],
  ...["-x", "LABEL=x", " x", "x\u00a0"].map((tag) =>
    [
      [`--mount-tag=${tag}`],
      /--mount-tag cannot be ".*"\. Use .*: the guest's mount would/,
    ] as const
  ),
  [["--socket", `/${"x".repeat(107)}`], /--socket names a path of more than 107 bytes/],
];

for (const [args, message] of LINES) {
  Deno.test(`the command line ${args.join(" ").slice(0, 50)} is a one-line error and exit code 2`, async () => {
    // If the mistake is not found, the sidecar fails to listen here.
    const result = await runSidecar({ args: ["--socket", "/nowhere/at/all/s.sock", ...args] });
    assert.equal(result.code, 2);
    assert.match(result.stderr.trimEnd(), message);
    assert.equal(result.stderr.trimEnd().split("\n").length, 1);
  });
}

Deno.test("--help prints the version and every flag", async () => {
  const { code, stdout } = await runSidecar({ args: ["--help"] });
  assert.equal(code, 0);
  assert(stdout.startsWith(`eks-irsa-sidecar ${configuration.version}: `));
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

Deno.test("the log is text with --log-format text, and otherwise JSON as KubeVirt's", async () => {
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
