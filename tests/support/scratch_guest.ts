import type { GuestPart } from "../../src/guest/guest.ts";

/**
 * A folder that stands for a Linux guest's root, and stand-ins for the programs that would change the
 * machine itself. Each stand-in records how it was called.
 */
export interface ScratchGuest extends AsyncDisposable {
  readonly root: string;
  /**
   * Runs the boothook as cloud-init does: without its first line, as a file of its own. Returns what
   * cloud-init would log of it.
   */
  boot(boothook: GuestPart): Promise<string>;
  /** Runs the service that the boothook wrote for systemd, until it is disposed of; its waits are short. */
  refresher(): AsyncDisposable;
  /** Lays out the shared folder as the kubelet does, with this token. */
  shareToken(token: string): void;
  /** Attaches a disk with a label and one file, and lets udev link its label. */
  attachDisk(label: string, file: string, content: string): void;
  /** The same without a link: only blkid knows the disk. */
  attachUnlinkedDisk(label: string, file: string, content: string): void;
  /** Replaces a program of the machine by a shell script with this body. */
  replaceProgram(name: string, body: string): void;
  write(path: string, content: string): void;
  read(path: string): string;
  /** The names in a folder, in their order. */
  names(folder: string): string[];
  mode(path: string): string;
  inode(path: string): number | null;
  /** How the stand-ins were called, with ROOT for the guest's root. */
  calls(): string[];
  /** The variables that systemd was given last. */
  systemdEnvironment(): string[];
  /** The values that a shell has after it has sourced /etc/environment. */
  sourceEnvironment(names: readonly string[]): Promise<string[]>;
}

const STAND_INS = {
  // Mounts by copying: a disk or a share is a folder in the scratch root.
  mount: `for last; do before=\${now-}; now=$last; done
case "$*" in
*virtiofs*) source=$EKS_IRSA_ROOT/share ;;
*) source=$before.content ;;
esac
[ -d "$source" ] && cp -a "$source/." "$now/" && : >"$now/.mounted"`,
  umount: 'rm -rf "$1"',
  mountpoint: 'for last; do :; done; [ -e "$last/.mounted" ]',
  systemctl:
    `[ "$1" = set-environment ] && { shift; printf '%s\\n' "$@" >"$EKS_IRSA_ROOT/systemd-environment"; }
exit 0`,
  blkid: '[ -e "$EKS_IRSA_ROOT/blkid" ] && cat "$EKS_IRSA_ROOT/blkid" || exit 2',
  // Waits are short. At the end of the test, a wait ends the script that waits.
  sleep: `[ ! -e "$EKS_IRSA_ROOT/the-end" ] || kill "$PPID"; exec ${programPath("sleep")} 0.05`,
  logger: "exit 0",
};

/** Where a program is, or nothing if the machine does not have it. */
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

/** Makes a scratch guest with systemd whose scripts are run by one shell. */
export async function scratchGuest(shell: string): Promise<ScratchGuest> {
  const root = await Deno.makeTempDir({ prefix: "guest-" });
  const at = (path: string) => `${root}/${path}`;
  for (const folder of ["etc", "run/systemd/system", "bin", "dev/disk/by-label"]) {
    Deno.mkdirSync(at(folder), { recursive: true });
  }
  const replaceProgram = (name: string, body: string) => {
    const log = `printf '%s\\n' "${name} $*" >>"$EKS_IRSA_ROOT/calls"`;
    Deno.writeTextFileSync(at(`bin/${name}`), `#!/bin/sh\n${log}\n${body}\n`, { mode: 0o755 });
  };
  for (const [name, body] of Object.entries(STAND_INS)) replaceProgram(name, body);
  const [name = "sh", ...shellArgs] = shell.split(" ");
  const program = programPath(name);
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

  return {
    root,
    replaceProgram,
    async boot(boothook) {
      Deno.writeTextFileSync(at("boothook"), boothook.body.replace(/^#cloud-boothook\n/, ""));
      // Background processes of the boothook have this file descriptor too: so the test waits for their end.
      return await run(["-c", `${shell} ${at("boothook")} 3>&1`]);
    },
    refresher() {
      const unit = Deno.readTextFileSync(at("run/systemd/system/aws-iam-token.service"));
      const script = /^ExecStart=\/bin\/sh (\S+)$/m.exec(unit)?.[1] ?? "";
      const child = new Deno.Command(program, {
        args: [...shellArgs, script],
        env,
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      return {
        async [Symbol.asyncDispose]() {
          Deno.writeTextFileSync(at("the-end"), "");
          const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
          await child.status;
          clearTimeout(timer);
        },
      };
    },
    shareToken(token) {
      const folder = at("share");
      const dated = `..2026_01_0${++rotation}`;
      Deno.mkdirSync(`${folder}/${dated}`, { recursive: true });
      Deno.writeTextFileSync(`${folder}/${dated}/token`, token);
      for (const [link, target] of [["..data", dated], ["token", "..data/token"]] as const) {
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
