import { RUNTIME_FLAGS } from "../../build/runtime_flags.ts";
import { repositoryPath } from "./paths.ts";

/** The environment that EKS's pod identity webhook gives a container whose service account has a role. */
export const IRSA_ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/vm-reader",
  AWS_WEB_IDENTITY_TOKEN_FILE: "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
  AWS_REGION: "eu-central-1",
  AWS_DEFAULT_REGION: "eu-central-1",
  AWS_STS_REGIONAL_ENDPOINTS: "regional",
};

/** One line of the sidecar's log, in KubeVirt's fields. */
export interface LogEvent {
  readonly component: string;
  readonly level: string;
  readonly msg: string;
  readonly pos: string;
  readonly timestamp: string;
  readonly [field: string]: unknown;
}

/** A sidecar that runs as a process of its own. */
export interface Sidecar extends AsyncDisposable {
  /** The path of the socket that it serves. */
  readonly socket: string;
  readonly pid: number;
  /** Everything that it has written to stderr so far. */
  readonly stderr: string;
  /** The JSON lines among it. */
  readonly events: LogEvent[];
  readonly status: Promise<Deno.CommandStatus>;
  /** Waits until the log has a line with that message. */
  logged(message: string): Promise<void>;
  /** Sends a signal, by default SIGTERM, and waits for the end of the process. */
  stop(signal?: Deno.Signal): Promise<Deno.CommandStatus>;
}

export interface SidecarOptions {
  readonly args?: readonly string[];
  /** The whole environment of the container, except PATH, HOME and Deno's own variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** The path of the socket; by default in a new temporary folder. */
  readonly socket?: string;
}

export interface RunOptions extends SidecarOptions {
  readonly stdin?: string;
  /** A command that sets something up and then executes the sidecar's command. */
  readonly wrapper?: readonly string[];
}

/** The command that starts the sidecar: what `SIDECAR_CMD` names, or the source in this repository. */
export function sidecarCommand(): readonly [string, ...string[]] {
  const [program, ...args] = (Deno.env.get("SIDECAR_CMD") ?? "").split(" ").filter(Boolean);
  return program === undefined
    ? [
      Deno.execPath(),
      "run",
      "--quiet",
      "--frozen",
      `--config=${repositoryPath("deno.json")}`,
      ...RUNTIME_FLAGS,
      repositoryPath("main.ts"),
    ]
    : [program, ...args];
}

/** The environment that Deno itself needs. */
export function runtimeEnvironment(): Record<string, string> {
  const names = ["PATH", "HOME", "DENO_DIR", "NO_COLOR", "TMPDIR"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

/** How long a command may run before it is killed. */
const MAX_RUN_MS = 20_000;

/** Runs the sidecar's program until it ends. */
export async function runSidecar(options: RunOptions = {}) {
  const [program = "", ...args] = [...options.wrapper ?? [], ...sidecarCommand()];
  const child = new Deno.Command(program, {
    args: [...args, ...options.args ?? []],
    env: { ...runtimeEnvironment(), ...options.env },
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), MAX_RUN_MS);
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(options.stdin ?? "")).catch(() => {});
  await writer.close().catch(() => {});
  const output = await child.output();
  clearTimeout(timer);
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}

/**
 * Starts the sidecar and waits until its socket accepts a connection.
 *
 * @throws if it ends before, with what it wrote to stderr.
 */
export async function startSidecar(options: SidecarOptions = {}): Promise<Sidecar> {
  const directory = options.socket === undefined
    ? await Deno.makeTempDir({ prefix: "irsa-" })
    : undefined;
  const socket = options.socket ?? `${directory}/sidecar.sock`;
  const [program, ...args] = sidecarCommand();
  const child = new Deno.Command(program, {
    args: [...args, ...options.args ?? [], "--socket", socket],
    env: { ...runtimeEnvironment(), ...(options.env ?? IRSA_ENVIRONMENT) },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();

  let stderr = "";
  let read = Promise.withResolvers<void>();
  const drained = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      stderr += text;
      read.resolve();
      read = Promise.withResolvers();
    }
  })();
  let ended = false;
  const status = (async () => {
    const result = await child.status;
    await drained;
    ended = true;
    if (directory !== undefined) await Deno.remove(directory, { recursive: true });
    return result;
  })();

  const deadline = Date.now() + 20_000;
  while (!(await accepts(socket))) {
    if (ended) throw new Error(`The sidecar ended before it listened:\n${stderr}`);
    if (Date.now() > deadline) {
      child.kill("SIGKILL");
      await status;
      throw new Error(`The sidecar did not listen on ${socket} within 20 s:\n${stderr}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }

  const stop = async (signal: Deno.Signal = "SIGTERM") => {
    try {
      child.kill(signal);
    } catch {
      // It has ended already: its status says how.
    }
    return await status;
  };
  const events = () =>
    // What comes after the last line break is not a whole line yet.
    stderr.split("\n").slice(0, -1).filter((line) => line.startsWith("{")).map((line) =>
      JSON.parse(line) as LogEvent
    );
  return {
    socket,
    pid: child.pid,
    status,
    stop,
    async logged(message) {
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, MAX_RUN_MS);
      const over = Promise.race([status, late.promise]).then(() => true);
      try {
        let isOver = false;
        while (!events().some(({ msg }) => msg === message)) {
          if (isOver) throw new Error(`The log has no line "${message}":\n${stderr}`);
          isOver = await Promise.race([read.promise.then(() => false), over]);
        }
      } finally {
        clearTimeout(timer);
      }
    },
    get stderr() {
      return stderr;
    },
    get events() {
      return events();
    },
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

/** Whether something listens on a unix socket. */
export async function accepts(socket: string): Promise<boolean> {
  try {
    const connection = await Deno.connect({ transport: "unix", path: socket });
    connection.close();
    return true;
  } catch {
    return false;
  }
}
