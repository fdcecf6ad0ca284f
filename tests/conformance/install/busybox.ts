import type { Bench } from "../judges/judge.ts";
import { findProgram, runProgram } from "./run_program.ts";
import { onlyOnce } from "./stamp.ts";

/** A busybox that takes programs from PATH, or why there is none. */
export type Busybox =
  | { readonly path: string; readonly version: string; readonly why?: never }
  | { readonly path?: never; readonly why: string };

/**
 * Finds a busybox whose shell takes programs from PATH, as the stand-ins of a scratch guest need it: that of
 * Debian's busybox-static runs its own programs, whatever PATH says. If the machine's is none, Debian's package
 * busybox is unpacked into the cache: it cannot be installed beside busybox-static.
 */
export async function usableBusybox(bench: Bench): Promise<Busybox> {
  const installed = await findProgram("busybox");
  if (installed !== undefined && await takesPrograms(installed)) return await named(installed);
  const reason = installed === undefined
    ? "this machine has no busybox"
    : `${installed} runs its own programs, whatever PATH says, as Debian's busybox-static does`;
  const folder = `${bench.cache}/busybox`;
  try {
    await onlyOnce(`${folder}.stamp`, "busybox", () => unpackPackage(folder));
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return {
      why: `no busybox was tried: ${reason}, and Debian's package busybox failed: ${words}`,
    };
  }
  for (const path of [`${folder}/usr/bin/busybox`, `${folder}/bin/busybox`]) {
    if (await isFile(path) && await takesPrograms(path)) return await named(path);
  }
  return {
    why: `no busybox was tried: ${reason}, and that of Debian's package busybox does so too`,
  };
}

async function unpackPackage(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
  await Deno.mkdir(folder, { recursive: true });
  await runProgram(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", "busybox"], {
    cwd: folder,
  });
  for await (const { name } of Deno.readDir(folder)) {
    if (name.endsWith(".deb")) {
      await runProgram(["dpkg-deb", "--extract", `${folder}/${name}`, folder]);
    }
  }
}

/** Whether the shell finds programs in PATH. */
async function takesPrograms(busybox: string): Promise<boolean> {
  const asked = await runProgram([busybox, "sh", "-c", "command -v cat"], { anyExitCode: true });
  return asked.stdout.startsWith("/");
}

async function named(path: string): Promise<Busybox> {
  const { stdout } = await runProgram([path, "--help"], { anyExitCode: true });
  return { path, version: /^BusyBox v(\S+)/.exec(stdout)?.[1] ?? "of no known version" };
}

async function isFile(path: string): Promise<boolean> {
  return await Deno.stat(path).then((info) => info.isFile, () => false);
}
