import { repositoryPath } from "../support/paths.ts";

/** The packages that gcr.io/distroless/cc-debian12 is made of (GoogleContainerTools/distroless cc/, base/). */
const PACKAGES = [
  "base-files",
  "ca-certificates",
  "gcc-12-base",
  "libc6",
  "libgcc-s1",
  "libgomp1",
  "libssl3",
  "libstdc++6",
  "media-types",
  "netbase",
  "tzdata",
];

/** The users of distroless images: none of them is KubeVirt's 107. */
const PASSWD = `root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin
`;

/**
 * Puts together the root file system of distroless/cc from the same Debian packages, once.
 *
 * @returns Its folder.
 */
export async function assembleRootfs(): Promise<string> {
  const cache = repositoryPath(".cache/image");
  const root = `${cache}/rootfs`;
  if (await exists(`${root}/etc/passwd`)) return root;
  await Deno.mkdir(`${cache}/packages`, { recursive: true });
  await Deno.mkdir(root, { recursive: true });
  // A machine that was just made may have no lists of packages.
  await run("apt-get", ["update"], cache);
  await run("apt-get", ["download", ...PACKAGES], `${cache}/packages`);
  for await (const { name } of Deno.readDir(`${cache}/packages`)) {
    if (name.endsWith(".deb")) await run("dpkg-deb", ["-x", name, root], `${cache}/packages`);
  }
  // Distroless has no shell and no programs: what the packages have there is removed.
  for (const folder of ["bin", "sbin", "usr/bin", "usr/sbin"]) {
    await Deno.remove(`${root}/${folder}`, { recursive: true }).catch(() => {});
  }
  // What the installation of base-files does, in addition to unpacking it.
  await Deno.remove(`${root}/var/run`, { recursive: true });
  await Deno.symlink("/run", `${root}/var/run`);
  // Written last: its presence shows that the root is complete.
  await Deno.writeTextFile(`${root}/etc/passwd`, PASSWD);
  return root;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}

async function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args: [...args], cwd }).output();
  if (!success) {
    throw new Error(
      `${program} ${args.join(" ")} failed; the root file system is put together by root on ` +
        `Debian 12:\n${new TextDecoder().decode(stderr)}`,
    );
  }
}
