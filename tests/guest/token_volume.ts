import { makeToken } from "./token.ts";

/**
 * Who owns the entries of a projected volume. `owned`: Kubernetes 1.36 and later, everything is the
 * pod's user's, links included. `root`: before that, the folders and links are root's.
 */
export type TokenLayout = "owned" | "root";

// virt-launcher's user and group.
const QEMU = 107;

/** A folder that looks like a kubelet's projected volume with a service account's token in it. */
export class TokenVolume {
  private constructor(readonly path: string, private readonly layout: TokenLayout) {}

  static async create(path: string, layout: TokenLayout, day: number): Promise<TokenVolume> {
    await Deno.mkdir(path);
    const volume = new TokenVolume(path, layout);
    const owner = layout === "owned" ? QEMU : 0;
    await Deno.chown(path, owner, QEMU);
    // World-writable and sticky, and the group's (fsGroup): as the kubelet leaves it.
    await Deno.chmod(path, layout === "owned" ? 0o1777 : 0o3777);
    await volume.rotate(day);
    await Deno.symlink("..data/token", `${path}/token`);
    await volume.own(`${path}/token`);
    return volume;
  }

  /**
   * Puts another day's token into the place of the one that is there, step by step as the kubelet
   * does (its AtomicWriter): a new folder, a new link beside `..data`, one rename, the old one away.
   */
  async rotate(day: number): Promise<void> {
    const data = `${this.path}/..data`;
    const old = await Deno.readLink(data).catch(() => undefined);
    const name = `..${new Date().toISOString().replace(/\W/g, "_")}${
      Math.random().toFixed(9).slice(1)
    }`;
    const folder = `${this.path}/${name}`;
    await Deno.mkdir(folder);
    await Deno.chmod(folder, 0o755);
    await Deno.chown(folder, this.layout === "owned" ? QEMU : 0, QEMU);
    await Deno.writeTextFile(`${folder}/token`, await makeToken(day));
    await Deno.chmod(`${folder}/token`, 0o640);
    await Deno.chown(`${folder}/token`, QEMU, QEMU);
    await Deno.symlink(name, `${this.path}/..data_tmp`);
    await this.own(`${this.path}/..data_tmp`);
    await Deno.rename(`${this.path}/..data_tmp`, data);
    if (old !== undefined) await Deno.remove(`${this.path}/${old}`, { recursive: true });
  }

  private async own(link: string): Promise<void> {
    if (this.layout === "root") return;
    // Deno.chown follows links; chown(1) can be told not to.
    const { success } = await new Deno.Command("chown", {
      args: ["--no-dereference", `${QEMU}:${QEMU}`, link],
    }).output();
    if (!success) throw new Error(`The link ${link} could not be given to user ${QEMU}`);
  }
}
