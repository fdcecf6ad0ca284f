import type { GuestPart } from "../../src/guest/guest.ts";

/**
 * A folder as the root of a Linux guest, and replacements for the programs that would change the machine itself. Each
 * replacement records how it was called.
 */
export interface ScratchGuest extends AsyncDisposable {
  readonly root: string;
  /**
   * Runs the boothook as cloud-init does: without its first line, as a file of its own. Returns the output that
   * cloud-init would log.
   */
  boot(boothook: GuestPart): Promise<string>;
  /** Runs the unit of the domain's OEM strings, which the guest finds in its SMBIOS, as systemd does. */
  bootByDomain(oemStrings: readonly string[]): Promise<string>;
  /** Stops the unit that the boothook wrote for the shutdown. */
  shutDown(): Promise<string>;
  /**
   * Runs the service that the boothook wrote for systemd, until it is disposed of; its waits are short. Its
   * PATH is one without programs: systemd gives a unit a PATH of its own, on NixOS its own folder alone.
   */
  refresher(): Refresher;
  /** Lays out the shared folder as the kubelet does, with this token in a file of this name, by default `token`. */
  shareToken(token: string, name?: string): void;
  /** Attaches a disk with a label and one file, and lets udev link its label. */
  attachDisk(label: string, file: string, content: string): void;
  /** The same without a link: only blkid knows the disk. */
  attachUnlinkedDisk(label: string, file: string, content: string): void;
  /** Leaves the guest these programs alone: its stand-ins, and the machine's for the other names. */
  onlyPrograms(names: readonly string[]): void;
  /** Replaces a program of the machine by a shell script with this body. */
  replaceProgram(name: string, body: string): void;
  write(path: string, content: string): void;
  read(path: string): string;
  /** The names in a folder, in their order. */
  names(folder: string): string[];
  mode(path: string): string;
  inode(path: string): number | null;
  /** The calls of the replacements, with ROOT for the guest's root. */
  calls(): string[];
  /** The variables that systemd was last given. */
  systemdEnvironment(): string[];
  /** The values that a shell has after it has sourced /etc/environment. */
  sourceEnvironment(names: readonly string[]): Promise<string[]>;
}

/** The service that the boothook wrote for systemd. */
export interface Refresher extends AsyncDisposable {
  /** Its exit code, once it has ended: that of SIGKILL if it has not ended by itself within 20 s. */
  readonly exitCode: Promise<number>;
}

const STAND_INS = {
  // Mounts by copying: a disk or a share is a folder in the scratch root.
  mount: `for last; do before=\${now-}; now=$last; done
case "$*" in
*virtiofs*) source=$EKS_IRSA_ROOT/share ;;
*) source=$before.content ;;
esac
[ -d "$source" ] && ${programPath("cp")} -a "$source/." "$now/" && : >"$now/.mounted"`,
  umount: `${programPath("rm")} -rf "$1"`,
  mountpoint: 'for last; do :; done; [ -e "$last/.mounted" ]',
  systemctl:
    `[ "$1" = set-environment ] && { shift; printf '%s\\n' "$@" >"$EKS_IRSA_ROOT/systemd-environment"; }
exit 0`,
  blkid: `[ -e "$EKS_IRSA_ROOT/blkid" ] && ${programPath("cat")} "$EKS_IRSA_ROOT/blkid" || exit 2`,
  // Waits are short. At the end of the test, a wait ends the script that waits.
  sleep: `[ ! -e "$EKS_IRSA_ROOT/the-end" ] || kill "$PPID"; exec ${programPath("sleep")} 0.05`,
  logger: "exit 0",
  chcon: "exit 0",
  ip: "exit 0",
};

/** The value of a credential of systemd's among OEM strings. */
export function credentialIn(oemStrings: readonly string[], name: string): string {
  const prefix = `io.systemd.credential.binary:${name}=`;
  const base64 = oemStrings.find((one) => one.startsWith(prefix))?.slice(prefix.length);
  return new TextDecoder().decode(Uint8Array.fromBase64(base64 ?? ""));
}

/** The path of a program; undefined if the machine does not have it. */
export function programPath(name: string): string | undefined {
  return (Deno.env.get("PATH") ?? "").split(":").map((folder) => `${folder}/${name}`).find(
    (path) => {
      try {
        return Deno.statSync(path).isFile;
      } catch {
        return false;
      }
    },
  );
}

/** Makes the guest's kernel one with SELinux, which is enforcing. */
export function turnSelinuxOn(guest: ScratchGuest): void {
  Deno.mkdirSync(`${guest.root}/sys/fs/selinux`, { recursive: true });
  guest.write("sys/fs/selinux/enforce", "1");
}

/**
 * Makes a scratch guest with systemd whose scripts are run by one shell.
 *
 * @param shell the name or the path of a program, and its arguments
 */
export async function scratchGuest(shell: string): Promise<ScratchGuest> {
  const root = await Deno.makeTempDir({ prefix: "guest-" });
  const at = (path: string) => `${root}/${path}`;
  for (const folder of ["etc", "run/systemd/system", "bin", "dev/disk/by-label"]) {
    Deno.mkdirSync(at(folder), { recursive: true });
  }
  const replaceProgram = (name: string, body: string) => {
    const log = `printf '%s\\n' "${name} $*" >>"$EKS_IRSA_ROOT/calls"`;
    // Beside its place and moved there: `sh` is a link to a program of the machine, which must not be written.
    const made = at(`bin/.${name}`);
    Deno.writeTextFileSync(made, `#!/bin/sh\n${log}\n${body}\n`, { mode: 0o755, createNew: true });
    Deno.renameSync(made, at(`bin/${name}`));
  };
  for (const [name, body] of Object.entries(STAND_INS)) replaceProgram(name, body);
  const [name = "sh", ...shellArgs] = shell.split(" ");
  const program = name.startsWith("/") ? name : programPath(name);
  if (program === undefined) throw new Error(`There is no ${name} on this machine`);
  // The scripts call sh by name: that is the shell under test too.
  Deno.symlinkSync(program, at("bin/sh"));
  const env = { EKS_IRSA_ROOT: root, PATH: `${at("bin")}:${Deno.env.get("PATH")}` };
  const run = async (args: readonly string[]) => {
    const output = await new Deno.Command(program, {
      args: [...shellArgs, ...args],
      env,
      stdin: "null",
    }).output();
    const stderr = new TextDecoder().decode(output.stderr);
    if (!output.success) throw new Error(`${shell} ended with ${output.code}: ${stderr}`);
    return new TextDecoder().decode(output.stdout) + stderr;
  };
  let rotation = 0;
  let disks = 0;
  const makeDisk = (device: string, file: string, content: string) => {
    Deno.writeTextFileSync(device, "");
    const path = `${device}.content/${file}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, content);
  };

  const shellCommand = [program, ...shellArgs].join(" ");
  /** Runs the command of a unit's line. */
  const runLine = (unit: string, name: "ExecStart" | "ExecStop") => {
    const command = new RegExp(`^${name}=/bin/sh (.*)$`, "m").exec(unit)?.[1] ?? "exit 99";
    return run(["-c", `${shellCommand} ${command} 3>&1`]);
  };

  return {
    root,
    replaceProgram,
    onlyPrograms(names) {
      env.PATH = at("bin");
      for (const name of names) {
        if (name === "sh" || name in STAND_INS) continue;
        const program = programPath(name);
        if (program === undefined) throw new Error(`There is no ${name} on this machine`);
        // What only some shells have no builtin for is not counted.
        if (name === "printf") Deno.symlinkSync(program, at("bin/printf"));
        else replaceProgram(name, `exec ${program} "$@"`);
      }
    },
    async boot(boothook) {
      Deno.writeTextFileSync(at("boothook"), boothook.body.replace(/^#cloud-boothook\n/, ""));
      // The boothook's background processes have this file descriptor too, so the test waits for their end.
      return await run(["-c", `${shellCommand} ${at("boothook")} 3>&1`]);
    },
    async bootByDomain(oemStrings) {
      const entry = at("sys/firmware/dmi/entries/11-0");
      Deno.mkdirSync(entry, { recursive: true });
      const raw = `\x0b\x05\x00\x0b${String.fromCharCode(oemStrings.length)}`;
      Deno.writeTextFileSync(`${entry}/raw`, `${raw}${oemStrings.join("\0")}\0\0`);
      const unit = credentialIn(oemStrings, "systemd.extra-unit.eks-irsa-sidecar.service");
      return await runLine(
        unit.replaceAll(/\/(?=sys\/|run\/eks)/g, `${root}/`)
          .replace("exec /bin/sh", `exec ${shellCommand}`),
        "ExecStart",
      );
    },
    shutDown: () =>
      runLine(
        Deno.readTextFileSync(at("run/systemd/system/aws-iam-token-shutdown.service")),
        "ExecStop",
      ),
    refresher() {
      const unit = Deno.readTextFileSync(at("run/systemd/system/aws-iam-token.service"));
      const script = /^ExecStart=\/bin\/sh (\S+)$/m.exec(unit)?.[1] ?? "";
      const child = new Deno.Command(program, {
        args: [...shellArgs, script],
        clearEnv: true,
        env: { EKS_IRSA_ROOT: root, PATH: at("run") },
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      const limit = setTimeout(() => child.kill("SIGKILL"), 20_000);
      const exitCode = child.status.then(({ code }) => {
        clearTimeout(limit);
        return code;
      });
      return {
        exitCode,
        async [Symbol.asyncDispose]() {
          Deno.writeTextFileSync(at("the-end"), "");
          await exitCode;
        },
      };
    },
    shareToken(token, name = "token") {
      const folder = at("share");
      const dated = `..2026_01_0${++rotation}`;
      Deno.mkdirSync(`${folder}/${dated}`, { recursive: true });
      Deno.writeTextFileSync(`${folder}/${dated}/${name}`, token);
      for (const [link, target] of [["..data", dated], [name, `..data/${name}`]] as const) {
        try {
          Deno.removeSync(`${folder}/${link}`);
        } catch {
          // The first time there is none.
        }
        Deno.symlinkSync(target, `${folder}/${link}`);
      }
      // A real mount shows the change. A copy has to be made again.
      try {
        Deno.removeSync(at("aws-iam-token"), { recursive: true });
      } catch {
        // Not mounted yet.
      }
    },
    attachDisk: (label, file, content) => makeDisk(at(`dev/disk/by-label/${label}`), file, content),
    attachUnlinkedDisk(label, file, content) {
      const device = at(`dev/vd${"abc"[disks++]}`);
      makeDisk(device, file, content);
      const line = `${device}: BLOCK_SIZE="2048" LABEL="${label}" TYPE="iso9660"\n`;
      Deno.writeTextFileSync(at("blkid"), line, { append: true });
    },
    write: (path, content) => Deno.writeTextFileSync(at(path), content),
    read: (path) => Deno.readTextFileSync(at(path)),
    names: (folder) => [...Deno.readDirSync(at(folder))].map(({ name }) => name).sort(),
    mode: (path) => ((Deno.statSync(at(path)).mode ?? 0) & 0o777).toString(8),
    inode: (path) => Deno.statSync(at(path)).ino,
    calls: () => Deno.readTextFileSync(at("calls")).replaceAll(root, "ROOT").trimEnd().split("\n"),
    systemdEnvironment: () =>
      Deno.readTextFileSync(at("systemd-environment")).split("\n").slice(0, -1),
    async sourceEnvironment(names) {
      const print = names.map((name) => `printf '%s\\0' "$${name}"`).join("; ");
      const output = await run(["-c", `. "${at("etc/environment")}"; ${print}`]);
      return output.split("\0").slice(0, -1);
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(root, { recursive: true });
    },
  };
}
