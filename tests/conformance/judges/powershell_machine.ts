import assert from "node:assert/strict";
import type { WindowsOnWine } from "../install/windows_on_wine.ts";

/** What takes the place of .NET's classes in a script, where Wine lacks what is behind them. */
const STAND_INS: readonly (readonly [string, string])[] = [
  ["[Diagnostics.EventLog]::", "[RecordedEvents]::"],
  ["New-Object Security.AccessControl.DirectorySecurity", "New-Object RecordedRights"],
  ["[Security.Principal.SecurityIdentifier]", "[string]"],
  ["[IO.Directory]::CreateDirectory(", "[RecordedFolder]::CreateDirectory("],
];

/** The script's own folder, and what is in it. */
export const FOLDER = "C:\\ProgramData\\eks-irsa-sidecar";
export const SHARE = `${FOLDER}\\share`;
export const PUBLISHED = `${FOLDER}\\token`;
export const PROGRAMS = "C:\\Program Files\\eks-irsa-sidecar";
export const INSTALLED = `${PROGRAMS}\\startup.ps1`;

const DRIVER_FOLDER = "C:\\Program Files\\Virtio-Win\\VioFS";
/** What the launcher mounts when it is asked to. */
const TO_BE_MOUNTED = "C:\\to be mounted";
const RUNNING = "C:\\launcher\\running";

/** The device paths of CD-ROM drives: one that QEMU made, and one of an image that a user has mounted. */
const DRIVES = {
  qemu: "\\??\\SCSI#CdRom&Ven_QEMU&Prod_QEMU_DVD-ROM#4&1a2b3c4d&0&010000#",
  user: "\\??\\SCSI#CdRom&Ven_Msft&Prod_Virtual_DVD-ROM#2&1f4adffe&0&000001#",
} as const;
const CD_ROM_CLASS = "{53f5630d-b6bf-11d0-94f2-00a0c91efb8b}";

/** Where a script is on a disk with such a label; elsewhere it is user-data. */
const PLACES: Readonly<Record<string, string>> = {
  "config-2": "openstack/latest/user_data",
  unattendCD: "eks-irsa-sidecar.ps1",
};

/** What a run leaves, as `record.ps1` prints it. */
export interface Recorded {
  readonly variables: Readonly<Record<string, string>>;
  readonly events: readonly string[];
  readonly messages: readonly string[];
  readonly registry: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly folders: Readonly<Record<string, { readonly Sddl: string }>>;
  readonly tasks: readonly Readonly<Record<string, unknown>>[];
  readonly launched: readonly string[];
  readonly started: readonly string[];
  readonly sleeps: readonly number[];
  readonly said: readonly string[];
  readonly routes: readonly Route[];
  readonly exitCode: number;
}

/** A volume that `Get-Volume` shows. */
interface Volume {
  readonly FileSystemLabel: string;
  readonly DriveLetter: string | null;
  readonly Path: string;
}

/** A route of the machine. */
interface Route {
  readonly DestinationPrefix: string;
  readonly NextHop: string;
  readonly InterfaceIndex: number;
}

/** A CD-ROM drive that WMI shows. */
interface Drive {
  readonly Drive: string;
  readonly VolumeName: string;
  readonly PNPDeviceID: string;
}

/** What happens in a sleep of the script. */
type Happening =
  | { readonly remove: string }
  | { readonly move: string; readonly to: string }
  | { readonly unlock: string };

/** A machine without anything of ours, on a Windows that has had other scenarios before. */
export class RecordedMachine {
  /** Keys below HKLM:\ that are there before the next run. */
  registry: Record<string, Record<string, unknown>> = {};
  owners: Record<string, string> = {};
  /** The SMBIOS UUID, or null if WMI does not answer. */
  uuid: string | null = "12345678-0000-0000-0000-000000000001";
  running: string[] = [];
  locked: string[] = [];
  /** The names of the scheduled tasks that are there. */
  scheduled: string[] = [];
  pauses: Record<number, Happening[]> = {};
  /** How often Get-Volume throws, the launcher refuses to start, and it finds what was stopped. */
  failures = 0;
  refusals = 0;
  lingers = 0;
  yields = false;
  /** Whether the machine has no network. */
  offline = false;
  routes: readonly Route[] = [];
  /** Where the mount point leads to, if it is a link. */
  linked: string | null = null;
  /** What the script said in its last run. */
  said: readonly string[] = [];
  #fresh = true;
  #runs = 0;
  #volumes: Volume[] = [];
  #drives: Drive[] = [];
  readonly #devices: Record<string, number[]> = {};
  static #volumeCount = 0;

  /**
   * @param windows The machine that it runs on.
   * @param tools The folder with the recorder's scripts, and the library of stand-ins.
   */
  constructor(
    readonly windows: WindowsOnWine,
    readonly tools: { readonly scripts: string; readonly standIns: string },
  ) {
    const folders = [
      FOLDER,
      PROGRAMS,
      DRIVER_FOLDER,
      TO_BE_MOUNTED,
      "C:\\launcher",
      "C:\\elsewhere",
    ];
    for (const folder of folders) this.remove(folder);
    this.makeFolder("C:\\elsewhere");
  }

  /** Installs WinFsp and virtio-win's driver, by default where virtio-win's installer puts it. */
  installWinFsp(driver = `${DRIVER_FOLDER}\\virtiofs.exe`): void {
    this.write(driver, "");
    this.registry["SOFTWARE\\WOW6432Node\\WinFsp"] = {
      InstallDir: "C:\\Program Files (x86)\\WinFsp\\",
    };
  }

  /**
   * Attaches a CD-ROM drive with that label. Without user data there is no such file, or none that can be read.
   *
   * @param drive Who made it; null for a drive that is no CD-ROM drive.
   */
  attach(
    label: string,
    letter: string | null,
    userData?: string,
    drive: keyof typeof DRIVES | null = "qemu",
  ): void {
    const number = String(++RecordedMachine.#volumeCount).padStart(12, "0");
    const volume = `Volume{aaaaaaaa-0000-0000-0000-${number}}`;
    const folder = `${this.windows.folder}/media-${number}`;
    Deno.mkdirSync(`${folder}/openstack/latest`, { recursive: true });
    this.windows.link(volume, folder);
    if (letter !== null) this.windows.link(`${letter}:`, folder);
    this.#volumes.push({
      FileSystemLabel: label,
      DriveLetter: letter,
      Path: `\\\\?\\${volume}\\`,
    });
    const device = drive === null ? "_??_USBSTOR#Disk" : `${DRIVES[drive]}${CD_ROM_CLASS}`;
    const devices = this.#devices;
    devices[`\\??\\${volume}`] = utf16(device);
    if (letter !== null) devices[`\\DosDevices\\${letter}:`] = utf16(device);
    if (letter !== null && drive !== null) {
      // The name that Windows gives the same device, without the class.
      const PNPDeviceID = DRIVES[drive].slice(4, -1).replaceAll("#", "\\").toUpperCase();
      this.#drives.push({ Drive: `${letter}:`, VolumeName: label, PNPDeviceID });
    }
    const file = PLACES[label] ?? "user-data";
    if (userData !== undefined) Deno.writeTextFileSync(`${folder}/${file}`, recordable(userData));
  }

  /** Takes all CD-ROM drives away. */
  detach(): void {
    this.#volumes = [];
    this.#drives = [];
  }

  /** Makes a folder of the kubelet's: dated folders with their tokens, and links to one of them. */
  shareTokens(
    folder: string,
    tokens: Readonly<Record<string, string>>,
    linked: string,
    name = "token",
  ): void {
    for (const [dated, token] of Object.entries(tokens)) {
      this.write(`${folder}\\${dated}\\${name}`, token);
    }
    Deno.symlinkSync(linked, this.windows.path(`${folder}\\..data`));
    Deno.symlinkSync(`..data/${name}`, this.windows.path(`${folder}\\${name}`));
  }

  /** Makes the kubelet's folder what the launcher mounts when it is asked to. */
  offerTokens(tokens: Readonly<Record<string, string>>, linked: string): void {
    this.shareTokens(TO_BE_MOUNTED, tokens, linked);
  }

  /** Has the launcher mount a folder with these tokens before the script runs. */
  mountTokens(
    tokens: Readonly<Record<string, string>>,
    linked: string,
    { at = SHARE, name }: { readonly at?: string; readonly name?: string } = {},
  ): void {
    this.installWinFsp();
    this.remove(at);
    this.shareTokens(at, tokens, linked, name);
    this.mountAt(at);
  }

  /** Makes the launcher say that an instance runs. */
  mountAt(path: string): void {
    this.write(RUNNING, path);
  }

  /** Runs our part of the user data as cloudbase-init does: as a file of its own. */
  async runOnce(part: string): Promise<Recorded> {
    this.write("C:\\userdata.ps1", recordable(part));
    return await this.#run("C:\\userdata.ps1", 100);
  }

  /** Runs the text of a command that an unattend file has. */
  async runCommand(command: string): Promise<Recorded> {
    this.write("C:\\command.ps1", command);
    return await this.#run("C:\\command.ps1", 100);
  }

  /** Runs a script of the machine that runs Wine, with these parameters. */
  async runScript(
    script: string,
    parameters: Readonly<Record<string, unknown>>,
  ): Promise<Recorded> {
    this.write("C:\\script.ps1", Deno.readTextFileSync(script));
    return await this.#run("C:\\script.ps1", 100, parameters);
  }

  /** Runs the installed script as the task does, until it has slept that often. */
  async runTask(sleeps: number, script = INSTALLED): Promise<Recorded> {
    return await this.#run(script, sleeps);
  }

  /** Asks STS, through AWS's SDK for .NET, which role a new program has. */
  async identity(endpoint: string): Promise<string> {
    const { stdout } = await this.windows.run(`${this.tools.scripts}/identity.ps1`, [
      this.windows.host,
      endpoint,
    ]);
    return stdout.trim();
  }

  /** Starts the machine again: nothing is mounted then. */
  async restart(): Promise<void> {
    await this.windows.restart();
    this.routes = [];
    this.remove(RUNNING);
    this.remove(SHARE);
  }

  /** The token that programs find, or nothing. */
  published(): string | undefined {
    return this.read(PUBLISHED);
  }

  /** The installed script, or nothing. */
  installed(): string | undefined {
    return this.read(INSTALLED);
  }

  /** The text of a file, or nothing. */
  read(path: string): string | undefined {
    try {
      return Deno.readTextFileSync(this.windows.path(path));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }

  /** The number of a file, which a file that replaces it does not have. */
  file(path: string): number | null {
    return Deno.statSync(this.windows.path(path)).ino;
  }

  write(path: string, text: string): void {
    this.makeFolder(path.slice(0, path.lastIndexOf("\\")));
    Deno.writeTextFileSync(this.windows.path(path), text);
  }

  makeFolder(path: string): void {
    Deno.mkdirSync(this.windows.path(path), { recursive: true });
  }

  /** The names in a folder. Wine's Replace leaves an empty file of its own when it fails. */
  names(path: string): string[] {
    const names = [...Deno.readDirSync(this.windows.path(path))].map(({ name }) => name);
    return names.filter((name) => !/^rf[0-9a-f]+\.tmp$/.test(name)).sort();
  }

  remove(path: string): void {
    try {
      Deno.removeSync(this.windows.path(path), { recursive: true });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async #run(
    script: string,
    sleeps: number,
    parameters: Readonly<Record<string, unknown>> = {},
  ): Promise<Recorded> {
    const world = {
      // Wine makes this key anew at every start.
      registry: { ...this.registry, "SYSTEM\\MountedDevices": this.#devices },
      owners: this.owners,
      uuid: this.uuid,
      running: this.running,
      locked: this.locked,
      pauses: this.pauses,
      failures: this.failures,
      refusals: this.refusals,
      lingers: this.lingers,
      yields: this.yields,
      offline: this.offline,
      routes: this.routes,
      linked: this.linked,
      scheduled: this.scheduled,
      arguments: parameters,
      drives: this.#drives,
      fresh: this.#fresh,
      volumes: this.#volumes,
      sleeps,
    };
    this.#fresh = false;
    this.registry = {};
    this.pauses = {};
    const machine = `${this.windows.folder}/machine-${this.#runs++}.json`;
    await Deno.writeTextFile(machine, JSON.stringify(world));
    const { stdout, stderr } = await this.windows.run(`${this.tools.scripts}/record.ps1`, [
      script,
      machine,
      this.tools.standIns,
    ]);
    assert(stdout.startsWith("{"), `the recorder printed no JSON: ${stdout}${stderr}`);
    // The recorder prints exactly this.
    const recorded = JSON.parse(stdout) as Recorded;
    this.routes = recorded.routes;
    this.said = [...recorded.said, ...recorded.messages, stderr].filter(Boolean);
    return recorded;
  }
}

/** A script, or user data with it, that calls the stand-ins. */
export function recordable(text: string): string {
  return STAND_INS.reduce((changed, [windows, standIn]) => {
    return changed.replaceAll(windows, standIn);
  }, text);
}

/** Fails if the script has no longer what the stand-ins take the place of. */
export function expectRecordable(script: string): void {
  for (const [windows] of STAND_INS) assert(script.includes(windows), `it has no ${windows}`);
}

/** The bytes of a text as the registry keeps a device path. */
function utf16(text: string): number[] {
  return [...text].flatMap((
    character,
  ) => [character.charCodeAt(0) & 255, character.charCodeAt(0) >> 8]);
}
