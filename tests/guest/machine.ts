import { POD_IDENTITY_ENVIRONMENT } from "../support/pod_identity.ts";
import { IRSA_ENVIRONMENT, startSidecar } from "../support/sidecar.ts";
import { type InfoResult, VirtLauncher } from "../support/virt_launcher.ts";
import { type CpuSample, cpuSample } from "./cpu_share.ts";
import { domainXml } from "./domain.ts";
import { GuestShell } from "./guest_shell.ts";
import type { Guest, Image, InitialRamDisk } from "./guests.ts";
import { type DiskContent, makeCloudInitIso } from "./iso.ts";
import { keepLogs } from "./machine_logs.ts";
import { NETWORK_WORDS, TAP } from "./pod_network.ts";
import { type Daemon, run, waitFor } from "./process.ts";
import { giveToQemu, type Rig } from "./rig.ts";
import { type IdentityKind, PROJECTED, type TokenLayout, TokenVolume } from "./token_volume.ts";
import { startVirtiofsd } from "./virtiofsd.ts";
import { cloudInitData, type MachineSpec, virtualMachineInstance } from "./vmi.ts";

// A boot takes 45 s on two free cores; a machine of the CI may be several times as busy.
const BOOT_SECONDS = 420;

export interface BootOptions {
  /** The role of the VM's service account by its annotation; undefined for one that has none. */
  readonly role?: string;
  /** The sidecar's arguments beside --virtiofs-socket. */
  readonly sidecarArgs?: readonly string[];
  /** Boots without calling the sidecar. */
  readonly withoutSidecar?: boolean;
  /** Takes the share's device out of the domain: the guest finds no share when it boots. */
  readonly withoutShare?: boolean;
  /** Additions to the kernel's command line, which the rig's services in the guest read. */
  readonly kernelWords?: readonly string[];
  /** The initial RAM disk, if it is another than initramfs-tools' one. */
  readonly initrd?: InitialRamDisk;
  /** Starts the kernel from UEFI. */
  readonly uefi?: boolean;
  /** The guest has no cloud-init that runs. */
  readonly withoutCloudInit?: boolean;
}

/** What the sidecar returned for a machine. */
export interface Prepared {
  readonly info?: InfoResult;
  /** The domain before and after. */
  readonly domain: { readonly given: string; readonly returned: string };
  /** What the cloud-init disk holds. Absent for a VM without one. */
  readonly cloudInit?: DiskContent;
}

/** A boot that has come to its end. */
export interface Booted extends Prepared {
  readonly shell: GuestShell;
  /** Samples of the share of a core that the guest's CPU had during its boot. */
  readonly cpuSamples: readonly CpuSample[];
}

/** A VM with a disk of its own, which outlives its boots, and the token's folder of its pod. */
export class Machine implements AsyncDisposable {
  private virtiofsd: Daemon | undefined;
  /** Serves the `serviceAccount` volume. */
  private accountVirtiofsd: Daemon | undefined;
  private boots = 0;
  private running: GuestShell | undefined;
  /** The day of the token that is there now. */
  day = 1;
  /** Called while the guest still runs, so that its logs can be kept. */
  beforeShutdown: () => Promise<void> = () => Promise.resolve();

  private constructor(
    private readonly rig: Rig,
    private readonly image: Image,
    private readonly name: string,
    private readonly folder: string,
    private readonly domain: string,
    /** The VM's owner may change it between two boots. */
    public spec: MachineSpec,
    private readonly volumes: Readonly<Record<IdentityKind, TokenVolume>>,
  ) {}

  static async create(
    rig: Rig,
    guest: Guest,
    scenario: string,
    spec: MachineSpec,
    layout: TokenLayout,
  ): Promise<Machine> {
    const image = await rig.images.get(guest.name);
    if (image === undefined) throw new Error(`There is no image of ${guest.title}`);
    const name = `${guest.name}-${scenario}`;
    const folder = `${rig.scratch}/${name}`;
    await Deno.mkdir(folder);
    await giveToQemu(folder);
    const base = `${image.folder}/${spec.disk ?? "disk"}.raw`;
    const disk = ["-b", base, "-F", "raw", `${folder}/disk.qcow2`];
    await run("qemu-img", ["create", "-q", "-f", "qcow2", ...disk]);
    await giveToQemu(`${folder}/disk.qcow2`);
    await run("qemu-img", ["create", "-q", "-f", "qcow2", `${folder}/data.qcow2`, "16M"]);
    await giveToQemu(`${folder}/data.qcow2`);
    // virtiofsd is another user than QEMU: its socket is in a folder where it may make one.
    await Deno.mkdir(`${folder}/virtiofs`);
    await Deno.chown(`${folder}/virtiofs`, 107, 107);
    if (spec.accountShare !== undefined) await makeAccountVolume(`${folder}/account`);
    const volume = (kind: IdentityKind) =>
      TokenVolume.create(`${folder}/${PROJECTED[kind].name}`, layout, kind, 1);
    const volumes = {
      "web identity": await volume("web identity"),
      "pod identity": await volume("pod identity"),
    };
    return new Machine(rig, image, name, folder, rig.nextDomain(), spec, volumes);
  }

  /** Where the webhook's virtiofsd would listen. */
  get socket(): string {
    return `${this.folder}/virtiofs/${this.spec.containerPath ?? "aws-iam-token"}.sock`;
  }

  /** Where KubeVirt's own virtiofsd listens for the filesystem of the VM's, if it has one. */
  private get ownFilesystem(): { readonly tag: string; readonly socket: string } | undefined {
    const { containerPath, accountShare } = this.spec;
    if (containerPath !== undefined) return { tag: containerPath, socket: this.socket };
    if (accountShare === undefined) return undefined;
    return { tag: accountShare, socket: `${this.folder}/virtiofs/${accountShare}.sock` };
  }

  /** A new token, as of the next day. The guest's STS learns of it only from the caller. */
  async rotate(): Promise<number> {
    this.day += 1;
    for (const volume of Object.values(this.volumes)) await volume.rotate(this.day);
    return this.day;
  }

  /** Calls the sidecar as virt-launcher does, and returns its results. */
  async prepare(options: BootOptions): Promise<Prepared> {
    const filesystem = this.ownFilesystem;
    const xml = domainXml({
      name: this.domain,
      uuid: this.spec.uuid,
      kernel: `${this.image.folder}/vmlinuz`,
      initrd: `${this.image.folder}/${options.initrd ?? "initrd"}.img`,
      kernelWords: [
        `rig.today=${this.day}`,
        ...this.spec.podNetwork ? NETWORK_WORDS : [],
        ...options.kernelWords ?? [],
      ],
      disk: `${this.folder}/disk.qcow2`,
      dataDisk: `${this.folder}/data.qcow2`,
      ...(this.spec.dataSource !== "none" && { cloudInitIso: `${this.folder}/cloud-init.iso` }),
      ...(options.uefi && { nvram: `${this.folder}/uefi-variables.fd` }),
      consoleLog: `${this.folder}/console.log`,
      ...(this.spec.podNetwork && { tap: TAP }),
      ...(filesystem !== undefined && { filesystem }),
    });
    const given = this.spec.dataSource === "none" ? undefined : cloudInitData(this.spec);
    // What KubeVirt writes to the disk when no hook has turned the bytes into a string.
    const original: DiskContent | undefined = typeof this.spec.userData === "string"
      ? given
      : given && { ...given, RawUserData: this.spec.userData };
    if (options.withoutSidecar) {
      return { domain: { given: xml, returned: xml }, ...(original && { cloudInit: original }) };
    }

    await using sidecar = await startSidecar({
      args: ["--virtiofs-socket", this.socket, ...options.sidecarArgs ?? []],
      env: {
        CONTAINER_NAME: "hook-sidecar-0",
        ...this.roleEnvironment(options.role),
      },
    });
    const launcher = new VirtLauncher(sidecar.socket);
    const vmi = virtualMachineInstance(this.spec);
    const info = await launcher.info();
    const calls = info.hookPoints.map(({ name }) => name);
    const callsPreCloudInitIso = calls.includes("PreCloudInitIso");
    if (callsPreCloudInitIso && given === undefined) {
      throw new Error("virt-launcher would crash: it has no cloud-init data for PreCloudInitIso");
    }
    const returned = callsPreCloudInitIso && given !== undefined
      ? await launcher.preCloudInitIso({ vmi, cloudInitData: given })
      : original;
    const returnedXml = calls.includes("OnDefineDomain")
      ? await launcher.onDefineDomain({ vmi, domainXml: xml })
      : xml;
    await Deno.writeTextFile(`${this.folder}/sidecar.log`, sidecar.stderr, { append: true });
    return {
      info,
      domain: { given: xml, returned: returnedXml },
      ...(returned && { cloudInit: returned }),
    };
  }

  /** What EKS's webhook gives the sidecar's container, and the stub of STS that the guest has to call. */
  private roleEnvironment(role: string | undefined): Readonly<Record<string, string>> {
    if (this.spec.identity === "pod identity") {
      // An association of Pod Identity wins over the account's annotation.
      return { ...POD_IDENTITY_ENVIRONMENT, AWS_ENDPOINT_URL_STS: this.rig.network.stsUrl };
    }
    if (role === undefined) return {};
    return {
      ...IRSA_ENVIRONMENT,
      AWS_ROLE_ARN: role,
      AWS_ENDPOINT_URL_STS: "http://127.0.0.1:4566",
    };
  }

  /** Boots and waits until cloud-init has finished, or where none runs until multi-user.target is reached. */
  async boot(options: BootOptions): Promise<Booted> {
    const prepared = await this.prepare(options);
    this.boots += 1;
    if (prepared.cloudInit !== undefined) {
      const scratch = `${this.folder}/iso-${this.boots}`;
      await makeCloudInitIso(prepared.cloudInit, `${this.folder}/cloud-init.iso`, scratch);
      await giveToQemu(`${this.folder}/cloud-init.iso`);
    }
    const device = /\s*<filesystem\b.*?<\/filesystem>/s;
    const shares = device.test(prepared.domain.returned) && !options.withoutShare;
    const xml = options.withoutShare
      ? prepared.domain.returned.replace(device, "")
      : prepared.domain.returned;
    await Deno.writeTextFile(`${this.folder}/domain.xml`, xml);
    if (shares) await this.serveShare();
    await this.serveAccount();
    await this.rig.libvirt.create(`${this.folder}/domain.xml`);
    const shell = new GuestShell(this.rig.libvirt, this.domain);
    this.running = shell;
    const pid = await this.rig.libvirt.pid(this.domain);
    const cpuSamples: CpuSample[] = [];
    const sample = async () => cpuSamples.push(await cpuSample(pid));
    await waitFor("guest agent", BOOT_SECONDS, async () => {
      if (await shell.answers()) return true;
      if (!await this.rig.libvirt.isRunning(this.domain)) throw new Error("The machine went off");
      await sample();
    });
    // Written anew at the end of each boot's cloud-init.
    const [end, reached] = options.withoutCloudInit
      ? ["multi-user.target", "systemctl --quiet is-active multi-user.target"]
      : ["end of cloud-init", "test -e /run/cloud-init/result.json"];
    await waitFor(end, BOOT_SECONDS, async () => {
      await sample();
      return (await shell.sh(reached)).code === 0 ? true : undefined;
    });
    await sample();
    return { ...prepared, shell, cpuSamples };
  }

  /** Starts virtiofsd as the webhook's container would. */
  async serveShare(): Promise<void> {
    await this.virtiofsd?.stop();
    this.virtiofsd = await startVirtiofsd(
      this.rig.virtiofsd,
      this.socket,
      this.volumes[this.spec.identity ?? "web identity"].path,
      `${this.folder}/virtiofsd.log`,
    );
  }

  /** Starts virtiofsd for the `serviceAccount` volume, if there is one. */
  private async serveAccount(): Promise<void> {
    await this.accountVirtiofsd?.stop();
    if (this.spec.accountShare === undefined || this.ownFilesystem === undefined) return;
    this.accountVirtiofsd = await startVirtiofsd(
      this.rig.virtiofsd,
      this.ownFilesystem.socket,
      `${this.folder}/account`,
      `${this.folder}/virtiofsd-account.log`,
    );
  }

  /** Gives the running guest the share's device, from the domain that the sidecar returned. */
  async attachShare(prepared: Prepared): Promise<void> {
    const device = prepared.domain.returned.match(/<filesystem\b.*?<\/filesystem>/s)?.[0];
    if (device === undefined) throw new Error("The returned domain has no filesystem");
    await this.serveShare();
    // A device that is added later gets a free port, so it cannot keep its address.
    const anywhere = device.replace(/\s*<address\b[^>]*>(\s*<\/address>)?/g, "");
    await Deno.writeTextFile(`${this.folder}/device.xml`, anywhere);
    await this.rig.libvirt.attach(this.domain, `${this.folder}/device.xml`);
  }

  /** Shuts the guest down, as KubeVirt stops a VM; destroys it after 90 s, and prints that. */
  async shutDown(): Promise<void> {
    await this.beforeShutdown();
    this.running = undefined;
    // If the guest stops its agent quickly, the agent reports that the command was killed. So the result is not used:
    // whether it worked shows when the guest goes off.
    const refusal = await this.rig.libvirt.virsh(["shutdown", this.domain, "--mode", "agent"])
      .then(() => "", (error: unknown) => `; ${error instanceof Error ? error.message : error}`);
    try {
      await waitFor(`power-off of the guest${refusal}`, 90, async () => {
        return await this.rig.libvirt.isRunning(this.domain) ? undefined : true;
      });
    } finally {
      await this.pullPlug();
    }
  }

  /** Ends the machine at once, when no check needs it any more. */
  async pullPlug(): Promise<void> {
    if (this.running !== undefined) await this.beforeShutdown();
    this.running = undefined;
    await this.rig.libvirt.destroy(this.domain);
    await this.virtiofsd?.stop();
    await this.accountVirtiofsd?.stop();
  }

  /** A file of the guest's disk, while the guest is off. */
  async readOffline(path: string): Promise<string> {
    const raw = `${this.folder}/offline.raw`;
    const disk = `${this.folder}/disk.qcow2`;
    await run("qemu-img", ["convert", "-O", "raw", disk, raw], { timeout: 300_000 });
    // It is in sbin, which not every caller has on its path.
    const debugfs = 'PATH=$PATH:/usr/sbin:/sbin debugfs -R "cat $1" "$2"';
    const text = await run("sh", ["-c", debugfs, "sh", path, raw]);
    await Deno.remove(raw);
    return text;
  }

  /** Keeps what explains a failure; returns the folder. */
  async keepLogs(): Promise<string> {
    const kept = `${this.rig.logs}/${this.name}`;
    await keepLogs(this.folder, this.rig.libvirt.machineLog(this.domain), this.running, kept);
    return kept;
  }

  async [Symbol.asyncDispose]() {
    this.running = undefined;
    await this.pullPlug();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** The files of a `serviceAccount` volume, readable for virtiofsd's user. */
async function makeAccountVolume(path: string): Promise<void> {
  await Deno.mkdir(path);
  for (const [name, content] of [["namespace", "default"], ["token", "of Kubernetes"]] as const) {
    await Deno.writeTextFile(`${path}/${name}`, content);
    await Deno.chown(`${path}/${name}`, 107, 107);
  }
}
