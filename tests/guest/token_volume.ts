import { POD_IDENTITY_FOLDER } from "../support/pod_identity.ts";
import { makeToken } from "./token.ts";

/**
 * Who owns the entries of a projected volume. `owned`: Kubernetes 1.36 and later, everything is the
 * pod's user's, links included. `root`: before that, the folders and links are root's.
 */
export type TokenLayout = "owned" | "root";

/** How EKS gives a pod its role. */
export type IdentityKind = "web identity" | "pod identity";

/** Where EKS's webhook projects the token in the pod, and for whom it is (aws/amazon-eks-pod-identity-webhook). */
export const PROJECTED = {
  "web identity": {
    folder: "/var/run/secrets/eks.amazonaws.com/serviceaccount",
    name: "token",
    audience: "sts.amazonaws.com",
  },
  "pod identity": {
    folder: POD_IDENTITY_FOLDER,
    name: "eks-pod-identity-token",
    audience: "pods.eks.amazonaws.com",
  },
} as const;

// virt-launcher's user and group.
const QEMU = 107;

/** A folder that looks like a kubelet's projected volume with a service account's token in it. */
export class TokenVolume {
  private constructor(
    readonly path: string,
    private readonly layout: TokenLayout,
    private readonly kind: IdentityKind,
  ) {}

  static async create(
    path: string,
    layout: TokenLayout,
    kind: IdentityKind,
    day: number,
  ): Promise<TokenVolume> {
    await Deno.mkdir(path);
    const volume = new TokenVolume(path, layout, kind);
    const owner = layout === "owned" ? QEMU : 0;
    await Deno.chown(path, owner, QEMU);
    // World-writable and sticky, and the group's (fsGroup): as the kubelet leaves it.
    await Deno.chmod(path, layout === "owned" ? 0o1777 : 0o3777);
    await volume.rotate(day);
    const { name } = PROJECTED[kind];
    await Deno.symlink(`..data/${name}`, `${path}/${name}`);
    await volume.own(`${path}/${name}`);
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
    const { name: tokenName, audience } = PROJECTED[this.kind];
    const token = `${folder}/${tokenName}`;
    await Deno.writeTextFile(token, await makeToken(day, audience));
    await Deno.chmod(token, 0o640);
    await Deno.chown(token, QEMU, QEMU);
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
