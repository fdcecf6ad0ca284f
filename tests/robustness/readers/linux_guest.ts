import { repositoryPath } from "../../support/paths.ts";

/** What the programs of a Linux guest see after our boothook has run. */
export interface GuestReadings {
  /** `/etc/environment` as it is. */
  readonly environment: string;
  /** What a POSIX shell gets from `. /etc/environment`. */
  readonly shell: ReadonlyMap<string, string>;
  /** The variables that `systemctl set-environment` was called with. */
  readonly systemd: ReadonlyMap<string, string>;
  /** Unexpected files: they show that a value was run as code. */
  readonly strangers: readonly string[];
}

/** Replacements for commands that would change this machine: they record their arguments. */
const STUB = `#!/bin/sh
for argument in "\${0##*/}" "$@"; do printf '%s\\0' "$argument"; done >>"$STUB_CALLS"
printf '\\0\\0' >>"$STUB_CALLS"
case \${0##*/} in mount|blkid|mountpoint) exit 1 ;; esac
`;
const STUBBED = ["systemctl", "mount", "umount", "mountpoint", "blkid", "logger"];

/** Every POSIX shell of this machine that a guest's /bin/sh might be. */
export async function posixShells(): Promise<readonly (readonly string[])[]> {
  const candidates = [["dash"], ["busybox", "ash"], ["bash", "--posix"]];
  const there = await Promise.all(candidates.map(async (command) => {
    try {
      return (await run([...command, "-c", ":"], {})).code === 0;
    } catch {
      return false;
    }
  }));
  const found = candidates.filter((_, index) => there[index]);
  return found.length === 0 ? [["sh"]] : found;
}

/** Runs the real boothook on a root of its own, twice, and reads what it has left there. */
export async function runBoothook(
  boothook: string,
  shell: readonly string[],
): Promise<GuestReadings> {
  const top = await Deno.makeTempDir({ prefix: "irsa-guest-" });
  try {
    const root = `${top}/root`;
    const commands = `${top}/bin`;
    const work = `${top}/work`;
    for (const folder of [`${root}/etc`, `${root}/run/systemd/system`, commands, work]) {
      await Deno.mkdir(folder, { recursive: true });
    }
    for (const name of STUBBED) {
      await Deno.writeTextFile(`${commands}/${name}`, STUB, { mode: 0o755 });
    }
    await Deno.writeTextFile(`${root}/etc/environment`, 'PATH="/usr/bin"\n# theirs\n');
    const script = `${top}/boothook.sh`;
    await Deno.writeTextFile(script, boothook);
    const environment = {
      PATH: `${commands}:${Deno.env.get("PATH") ?? ""}`,
      EKS_IRSA_ROOT: root,
      STUB_CALLS: `${top}/calls`,
    };
    // The boothook's background processes have this file descriptor too, so the read ends with them.
    const boot = [...shell, "-c", `exec 3>&1; ${shell.join(" ")} ${script}`];
    const first = await run(boot, { environment, folder: work });
    if (first.code !== 0) throw new Error(`The boothook failed (${first.code}): ${first.stderr}`);
    const once = await Deno.readTextFile(`${root}/etc/environment`);
    await Deno.remove(`${top}/calls`);
    await run(boot, { environment, folder: work });
    const twice = await Deno.readTextFile(`${root}/etc/environment`);
    if (once !== twice) {
      throw new Error("Run a second time, the boothook changed /etc/environment.");
    }
    if (!once.startsWith('PATH="/usr/bin"\n# theirs\n')) {
      throw new Error("The boothook changed the owner's lines of /etc/environment.");
    }

    const sourced = await run(
      [...shell, "-c", 'set -a; . "$1"; exec env -0', "sh", `${root}/etc/environment`],
      { environment, folder: work },
    );
    const strangers: string[] = [];
    for (const folder of [work, `${root}/etc`, `${root}/run`, root]) {
      for await (const { name } of Deno.readDir(folder)) {
        if (!EXPECTED.has(name)) strangers.push(name);
      }
    }
    return {
      environment: once,
      shell: assignments(sourced.stdout.split("\0")),
      systemd: assignments(
        (await Deno.readTextFile(`${top}/calls`)).split("\0\0\0")
          .map((call) => call.split("\0"))
          .filter(([command, verb]) => command === "systemctl" && verb === "set-environment")
          .map((call) => call.slice(2))
          .filter((variables) => variables.every(isForSystemd))
          .flat(),
      ),
      strangers,
    };
  } finally {
    await Deno.remove(top, { recursive: true });
  }
}

const EXPECTED = new Set([
  "etc",
  "run",
  "environment",
  "systemd",
  "eks-irsa-sidecar",
  "aws-iam-token",
]);

/**
 * Whether systemd accepts a variable; for one that it does not accept it refuses the whole call
 * (systemd/systemd src/basic/env-util.c, env_assignment_is_valid; utf8.c, unichar_is_valid).
 */
function isForSystemd(assignment: string): boolean {
  const [name = ""] = assignment.split("=", 1);
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) &&
    Array.from(assignment).every((character) => {
      const code = character.codePointAt(0) ?? 0;
      return !(code >= 0xfdd0 && code <= 0xfdef) && (code & 0xfffe) !== 0xfffe;
    });
}

/** The variables that start with AWS_. The others are the test's environment. */
function assignments(texts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    texts.filter((text) => text.startsWith("AWS_")).map((text) => {
      const equals = text.indexOf("=");
      return [text.slice(0, equals), text.slice(equals + 1)];
    }),
  );
}

async function run(
  [program = "sh", ...args]: readonly string[],
  options: { readonly environment?: Record<string, string>; readonly folder?: string },
) {
  const output = await new Deno.Command(program, {
    args,
    cwd: options.folder ?? repositoryPath("."),
    ...(options.environment ? { env: options.environment, clearEnv: true } : {}),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}
