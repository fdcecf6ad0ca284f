import { repositoryPath } from "../support/paths.ts";
import { run } from "./process.ts";

/** A guest operating system that the tier boots. */
export interface Guest {
  readonly name: string;
  readonly title: string;
  readonly suite: string;
  readonly init: "systemd" | "sysvinit";
}

export const GUESTS: readonly Guest[] = [
  { name: "debian12", title: "Debian 12, systemd", suite: "bookworm", init: "systemd" },
  { name: "debian13", title: "Debian 13, systemd", suite: "trixie", init: "systemd" },
  { name: "debian12-sysvinit", title: "Debian 12, sysvinit", suite: "bookworm", init: "sysvinit" },
];

/**
 * The disks that image/build.sh makes of one guest. The two others are as `disk`, one without the package of cloud-init,
 * and one with the labels of SELinux: Debian 12 and 13 with systemd have the first, Debian 13 has the second.
 */
export type GuestDisk = "disk" | "without-cloud-init" | "selinux";

/** The initial RAM disks of one guest, by the program that made them. Only Debian 12 with systemd has the second. */
export type InitialRamDisk = "initrd" | "dracut";

/** A built guest. */
export interface Image {
  /** A folder of this machine with its disks (.raw), its kernel (vmlinuz) and its initial RAM disks (.img). */
  readonly folder: string;
  /** A hash of what the image was built from, and of the packages that the mirror had. */
  readonly hash: string;
}

const CACHE = ".cache/guests";

/** The image of a guest. It is built if the cache has none from the same parts. */
export async function image(guest: Guest): Promise<Image> {
  const parts = ["image/build.sh", "image/selinux.cil", "image/rootfs"];
  const hash = await hashOf(parts, `${guest.suite} ${guest.init}`);
  const folder = await cached(`${guest.name}-${hash}`, "image/build.sh", [guest.suite, guest.init]);
  const packages = await Deno.readTextFile(`${folder}/packages.txt`);
  return { folder, hash: await shortHash(`${hash}\n${packages}`) };
}

/** The folder with the virtiofsd that the IRSA webhook would run. */
export async function virtiofsd(): Promise<string> {
  const hash = await hashOf(["image/extract_virtiofsd.sh"], "");
  return await cached(`virtiofsd-${hash}`, "image/extract_virtiofsd.sh", []);
}

/** Runs a build script into a folder of the cache, unless that folder is there already. */
async function cached(name: string, script: string, args: readonly string[]): Promise<string> {
  const folder = repositoryPath(`${CACHE}/${name}`);
  if (await exists(folder)) return folder;
  await Deno.mkdir(repositoryPath(CACHE), { recursive: true });
  await removeOlder(name);
  // Built next to its place and moved when it is complete: an interrupted build leaves no incomplete image.
  const half = `${folder}.half`;
  await Deno.remove(half, { recursive: true }).catch(() => {});
  try {
    // timeout(1) sends the signal also to everything that the script has started.
    const command = ["nice", repositoryPath(`tests/guest/${script}`), ...args, half];
    await run("timeout", ["--kill-after=10", "900", ...command], { timeout: 920_000 });
    await Deno.rename(half, folder);
  } catch (error) {
    await Deno.remove(half, { recursive: true }).catch(() => {});
    throw error;
  }
  return folder;
}

/** Removes what the cache holds under the same name with another hash. */
async function removeOlder(name: string): Promise<void> {
  const stem = name.slice(0, name.lastIndexOf("-") + 1);
  for await (const entry of Deno.readDir(repositoryPath(CACHE))) {
    if (/^[0-9a-f]{12}$/.test(entry.name.slice(stem.length)) && entry.name.startsWith(stem)) {
      await Deno.remove(repositoryPath(`${CACHE}/${entry.name}`), { recursive: true });
    }
  }
}

/** A hash over files of this folder, given as paths of files and folders, and some words. */
async function hashOf(paths: readonly string[], words: string): Promise<string> {
  let text = words;
  for (const path of paths) {
    for (const file of (await filesBelow(repositoryPath(`tests/guest/${path}`))).sort()) {
      text += `\n${file.slice(repositoryPath("tests/guest").length)}\n${await Deno.readTextFile(
        file,
      )}`;
    }
  }
  return await shortHash(text);
}

/** A hash of a text: twelve hexadecimal digits. */
export async function shortHash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().slice(0, 12);
}

async function filesBelow(path: string): Promise<string[]> {
  if ((await Deno.stat(path)).isFile) return [path];
  const entries = await Array.fromAsync(Deno.readDir(path));
  return (await Promise.all(entries.map(({ name }) => filesBelow(`${path}/${name}`)))).flat();
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
