import assert from "node:assert/strict";
import { runProgram } from "../install/run_program.ts";

/** Replacements in a script for .NET classes that store nothing on other systems than Windows. */
const RECORDERS: readonly (readonly [string, string])[] = [
  ["[Environment]::", "[RecordedEnvironment]::"],
  ["[Diagnostics.EventLog]::", "[RecordedEvents]::"],
  ["[Microsoft.Win32.Registry]::", "[RecordedRegistry]::"],
  ["New-Object Security.AccessControl.DirectorySecurity", "New-Object RecordedRights"],
  ["[Security.Principal.SecurityIdentifier]", "[string]"],
  ["[IO.Directory]::CreateDirectory(", "[RecordedFolder]::CreateDirectory("],
];

/** A replacement for WinFsp's launcher: it records its calls, and mounts the share. */
const LAUNCHER = `#!/bin/sh
printf '%s\\n' "$*" >>launched
case $1 in
start) [ ! -d 'to be mounted' ] || mv 'to be mounted' "$5"; echo OK ;;
*) echo 'KO launcher: error 2' ;;
esac
`;

/** Where the share is mounted. On the machine that runs the tests it is a folder with that name. */
export const SHARE = "C:\\aws-iam-token";

const PUBLISHED = "C:\\ProgramData\\eks-irsa-sidecar\\token";
const INSTALLED = "Program Files/eks-irsa-sidecar/irsa.ps1";
const VOLATILE = "SOFTWARE\\eks-irsa-sidecar\\ThisBoot";

/** The recorded state after a run, as `record.ps1` prints it. */
export interface Recorded {
  readonly variables: Readonly<Record<string, string>>;
  readonly events: readonly string[];
  readonly registry: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly volatile: readonly string[];
  readonly folders: Readonly<Record<string, { readonly Sddl: string }>>;
  readonly tasks: readonly Readonly<Record<string, unknown>>[];
  readonly started: readonly string[];
  readonly sleeps: readonly number[];
  readonly said: readonly string[];
}

/** A volume that `Get-Volume` shows. */
interface Volume {
  readonly FileSystemLabel: string;
  readonly DriveLetter: string | null;
  readonly Path: string;
}

/** A Windows machine, simulated in a folder. */
export class RecordedMachine {
  registry: Record<string, Readonly<Record<string, unknown>>> = {};
  variables: Readonly<Record<string, string>> = {};
  owners: Record<string, string> = {};
  /** The output of the script's last run. */
  said: readonly string[] = [];
  readonly #volumes: Volume[] = [];

  constructor(readonly root: string, readonly recorder: string) {
    Deno.mkdirSync(`${root}/Program Files/eks-irsa-sidecar`, { recursive: true });
  }

  /** Installs WinFsp and virtio-win's driver. */
  installWinFsp(): void {
    const driver = `${this.root}/Program Files/Virtio-Win/VioFS`;
    Deno.mkdirSync(driver, { recursive: true });
    Deno.writeTextFileSync(`${driver}/virtiofs.exe`, "");
    Deno.mkdirSync(`${this.root}/WinFsp/bin`, { recursive: true });
    Deno.writeTextFileSync(`${this.root}/WinFsp/bin/launchctl-x64.exe`, LAUNCHER, { mode: 0o755 });
    this.registry["SOFTWARE\\WOW6432Node\\WinFsp"] = { InstallDir: `${this.root}/WinFsp` };
  }

  /** Attaches a disk with a label. Without user data the file is missing or cannot be read. */
  attach(label: "cidata" | "config-2", letter: string | null, userData?: string): void {
    const path = `${this.root}/volume ${this.#volumes.length}, `;
    this.#volumes.push({ FileSystemLabel: label, DriveLetter: letter, Path: path });
    const file = label === "cidata" ? "user-data" : "openstack\\latest\\user_data";
    const folder = letter === null ? path : `${this.root}/${letter}:\\`;
    if (userData !== undefined) Deno.writeTextFileSync(folder + file, recordable(userData));
  }

  /** Writes the token's folder as the kubelet does: dated folders with tokens, and links to one of them. */
  shareTokens(folder: string, tokens: Readonly<Record<string, string>>, linked: string): void {
    const path = `${this.root}/${folder}`;
    for (const [dated, token] of Object.entries(tokens)) {
      Deno.mkdirSync(`${path}/${dated}`, { recursive: true });
      Deno.writeTextFileSync(`${path}/${dated}/token`, token);
    }
    Deno.symlinkSync(linked, `${path}/..data`);
    Deno.symlinkSync("..data/token", `${path}/token`);
  }

  /** Runs our part of the user data as cloudbase-init does: as a file of its own. */
  async runOnce(part: string): Promise<Recorded> {
    Deno.writeTextFileSync(`${this.root}/userdata.ps1`, recordable(part));
    return await this.#run("userdata.ps1", 100);
  }

  /** Runs the installed script as the task does, until it has slept that often. */
  async runTask(sleeps: number): Promise<Recorded> {
    return await this.#run(INSTALLED, sleeps);
  }

  /** Starts the machine again, which forgets the volatile keys. */
  restart(): void {
    delete this.registry[VOLATILE];
  }

  /** The published token; undefined if there is none. */
  published(): string | undefined {
    return textOf(`${this.root}/${PUBLISHED}`);
  }

  /** The installed script; undefined if there is none. */
  installed(): string | undefined {
    return textOf(`${this.root}/${INSTALLED}`);
  }

  /** The launcher's calls, one on each line. */
  launched(): string[] {
    return (textOf(`${this.root}/launched`) ?? "").split("\n").filter(Boolean);
  }

  async #run(script: string, sleeps: number): Promise<Recorded> {
    const { registry, variables, owners } = this;
    const machine = `${this.root}/machine.json`;
    const state = { volumes: this.#volumes, registry, variables, owners, sleeps };
    await Deno.writeTextFile(machine, JSON.stringify(state));
    const command = ["pwsh", "-NoProfile", "-NonInteractive", "-File", this.recorder];
    const { stdout } = await runProgram([...command, `${this.root}/${script}`, machine], {
      cwd: this.root,
    });
    // The recorder prints this type.
    const recorded = JSON.parse(stdout.replaceAll(this.root, "ROOT")) as Recorded;
    this.registry = JSON.parse(JSON.stringify(recorded.registry).replaceAll("ROOT", this.root));
    this.variables = recorded.variables;
    this.said = recorded.said;
    return recorded;
  }
}

/** A script, or user data with it, that calls the recorders. */
export function recordable(text: string): string {
  return RECORDERS.reduce((changed, [windows, recorder]) => {
    return changed.replaceAll(windows, recorder);
  }, text);
}

/** Fails if the script no longer has what the recorders replace. */
export function expectRecordable(script: string): void {
  for (const [windows] of RECORDERS) assert(script.includes(windows), `it has no ${windows}`);
}

function textOf(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
