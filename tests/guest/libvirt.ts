import { type Command, CommandFailed, Daemon, run, waitFor } from "./process.ts";

/** The user that Debian's libvirt-daemon-system makes for QEMU. */
export const QEMU_USER = "libvirt-qemu";

/**
 * A libvirtd of the rig's own: in session mode, as an ordinary user, as in a virt-launcher pod. All
 * that it keeps is below one folder, so it neither sees nor disturbs the machine's libvirtd.
 */
export class Libvirt implements AsyncDisposable {
  private constructor(
    private readonly uri: string,
    private readonly daemon: Daemon,
    private readonly folder: string,
  ) {}

  /**
   * @param folder an existing folder with a short name: its sockets' names have a limit
   * @param inPod makes a command run in the namespaces of the pod
   */
  static async start(
    folder: string,
    log: string,
    inPod: (command: readonly string[]) => Command,
  ): Promise<Libvirt> {
    const { uid, gid } = await account(QEMU_USER);
    const at = (name: string) => `${folder}/${name}`;
    for (const name of ["run", "cache", "data"]) {
      await Deno.mkdir(at(name));
      await Deno.chown(at(name), uid, gid);
    }
    const command = ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", "libvirtd"];
    const daemon = await Daemon.start("libvirtd", log, inPod(command), {
      PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
      HOME: folder,
      XDG_RUNTIME_DIR: at("run"),
      // No folder of its own: the guest agents' sockets lie deep below it.
      XDG_CONFIG_HOME: folder,
      XDG_CACHE_HOME: at("cache"),
      XDG_DATA_HOME: at("data"),
    });
    const uri = `qemu+unix:///session?socket=${at("run")}/libvirt/libvirt-sock`;
    const libvirt = new Libvirt(uri, daemon, folder);
    try {
      await waitFor("answer of libvirtd", 60, async () => {
        daemon.assertRunning();
        return await libvirt.virsh(["version"]).catch(() => undefined);
      });
    } catch (error) {
      await daemon.stop();
      throw error;
    }
    return libvirt;
  }

  /** Starts a transient domain, as virt-launcher's libvirt does with what the hooks returned. */
  async create(xmlFile: string): Promise<void> {
    await this.virsh(["create", "--file", xmlFile]);
  }

  async attach(domain: string, xmlFile: string): Promise<void> {
    await this.virsh(["attach-device", domain, xmlFile, "--live"]);
  }

  async isRunning(domain: string): Promise<boolean> {
    const names = await this.virsh(["list", "--name"]);
    return names.split("\n").includes(domain);
  }

  /** Destroys a domain. No error if it does not run. */
  async destroy(domain: string): Promise<void> {
    try {
      await this.virsh(["destroy", domain]);
    } catch (error) {
      if (await this.isRunning(domain)) throw error;
    }
  }

  /** Asks the guest agent; undefined while the agent does not answer. */
  async agent(domain: string, command: unknown): Promise<unknown> {
    try {
      const answer = await this.virsh([
        "qemu-agent-command",
        domain,
        JSON.stringify(command),
        "--timeout",
        "30",
      ]);
      return (JSON.parse(answer) as { return: unknown }).return;
    } catch (error) {
      if (
        error instanceof CommandFailed && /agent is not (connected|responding)/.test(error.stderr)
      ) {
        return undefined;
      }
      throw error;
    }
  }

  /** The id of a running domain's QEMU. */
  async pid(domain: string): Promise<number> {
    return Number(await Deno.readTextFile(`${this.folder}/run/libvirt/qemu/run/${domain}.pid`));
  }

  /** The file with QEMU's log of a domain. */
  machineLog(domain: string): string {
    return `${this.folder}/cache/libvirt/qemu/log/${domain}.log`;
  }

  async virsh(args: readonly string[]): Promise<string> {
    return await run("virsh", ["--quiet", "--connect", this.uri, ...args]);
  }

  /** Ends every domain, then the daemon. */
  async [Symbol.asyncDispose]() {
    try {
      for (const name of (await this.virsh(["list", "--name"])).split("\n").filter(Boolean)) {
        await this.destroy(name);
      }
    } catch {
      // libvirtd does not answer any more: its machines are ended by their process ids.
      await this.killMachines();
    } finally {
      await this.daemon.stop();
      // libvirtd has started it, and it would end by itself after two minutes.
      await this.killByFile(`${this.folder}/run/libvirt/virtlogd.pid`);
    }
  }

  private async killMachines(): Promise<void> {
    const folder = `${this.folder}/run/libvirt/qemu/run`;
    const files = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
    for (const { name } of files.filter(({ name }) => name.endsWith(".pid"))) {
      await this.killByFile(`${folder}/${name}`);
    }
  }

  /** Ends the process whose id is in a file. No error if there is none. */
  private async killByFile(file: string): Promise<void> {
    try {
      Deno.kill(Number(await Deno.readTextFile(file)), "SIGKILL");
    } catch {
      // Gone already.
    }
  }
}

/** A user's ids, by the user's name. */
async function account(name: string): Promise<{ uid: number; gid: number }> {
  const fields = (await run("getent", ["passwd", name])).split(":");
  return { uid: Number(fields[2]), gid: Number(fields[3]) };
}
