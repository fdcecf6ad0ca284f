import { IRSA_ENVIRONMENT, sidecarCommand } from "../../support/sidecar.ts";
import type { HookFolder } from "../install/kubevirt_manager.ts";

/** Where KubeVirt mounts the hook folder: the same path in each container of the pod. */
export const HOOK_FOLDER = "/var/run/kubevirt-hooks";

/** How a hook sidecar's container is started. */
export interface SidecarContainer {
  /** The container's name, `hook-sidecar-0` and so on; also its folder in the pod's volume. */
  readonly name: string;
  readonly args?: readonly string[];
  /** `AWS_*` of the container. Default: what EKS's webhook sets. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A running sidecar. */
export interface RunningContainer {
  readonly status: Promise<Deno.CommandStatus>;
  kill(signal: Deno.Signal): void;
}

/**
 * The mounts of a virt-launcher pod, without a cluster. Every container is a process in a mount namespace of its own, in
 * which `/var/run/kubevirt-hooks` is the pod's volume; for a sidecar of newer releases it is the container's folder in
 * that volume. The machine's own folder does not change.
 */
export class Pod implements AsyncDisposable {
  readonly #running: Deno.ChildProcess[] = [];

  private constructor(readonly volume: string, readonly hookFolder: HookFolder) {}

  static async create(hookFolder: HookFolder): Promise<Pod> {
    return new Pod(await Deno.makeTempDir({ prefix: "pod-" }), hookFolder);
  }

  /** Starts a hook sidecar's container, without waiting until it listens. */
  async startSidecar(container: SidecarContainer): Promise<RunningContainer> {
    const folder = this.#folderOf(container.name);
    await Deno.mkdir(folder, { recursive: true });
    const name: Record<string, string> = this.hookFolder === "a folder for each"
      ? { CONTAINER_NAME: container.name }
      : {};
    const child = new Deno.Command(...inMountNamespace(folder, [
      ...sidecarCommand(),
      "--log-level",
      "error",
      ...container.args ?? [],
    ], { ...name, ...(container.env ?? IRSA_ENVIRONMENT) })).spawn();
    this.#running.push(child);
    return { status: child.status, kill: (signal) => child.kill(signal) };
  }

  /** Starts a program of the compute container, with its standard input and output piped. */
  startCompute(command: readonly string[]): Deno.ChildProcess {
    const [program, options] = inMountNamespace(this.volume, command, {});
    const child = new Deno.Command(program, { ...options, stdin: "piped", stdout: "piped" })
      .spawn();
    this.#running.push(child);
    return child;
  }

  /** The files in a container's folder. */
  async entriesOf(name: string): Promise<string[]> {
    const names: string[] = [];
    for await (const entry of Deno.readDir(this.#folderOf(name))) names.push(entry.name);
    return names.sort();
  }

  #folderOf(name: string): string {
    return this.hookFolder === "a folder for each" ? `${this.volume}/${name}` : this.volume;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#running) {
      try {
        child.kill("SIGKILL");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // a TypeError says that it has ended
      }
      await child.status;
    }
    await Deno.remove(this.volume, { recursive: true });
  }
}

/** The command that runs `command` with `folder` as its hook folder. Every step ends in an exec. */
function inMountNamespace(
  folder: string,
  command: readonly string[],
  env: Record<string, string>,
): [string, Deno.CommandOptions] {
  const script = [
    "set -e",
    "mount --make-rprivate /",
    "mount -t tmpfs tmpfs /run",
    `mkdir -p ${HOOK_FOLDER}`,
    `mount --bind "$0" ${HOOK_FOLDER}`,
    'exec "$@"',
  ].join("; ");
  const asRoot = Deno.uid() === 0 ? [] : ["--map-root-user"];
  const kept = ["PATH", "HOME", "DENO_DIR", "TMPDIR"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return ["unshare", {
    args: ["--mount", ...asRoot, "sh", "-c", script, folder, ...command],
    clearEnv: true,
    env: { ...Object.fromEntries(kept), ...env },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }];
}
