import { run } from "./process.ts";

// The programs that the tier runs, and Debian's packages that bring them.
const PROGRAMS: Readonly<Record<string, string>> = {
  "mmdebstrap": "mmdebstrap",
  // mmdebstrap looks up with it which of the archive's keys another suite is signed by.
  "gpg": "gpg",
  "mke2fs": "e2fsprogs",
  "openssl": "openssl",
  "qemu-img": "qemu-utils",
  "qemu-system-x86_64": "qemu-system-x86",
  "libvirtd": "libvirt-daemon-system",
  "virsh": "libvirt-clients",
  "xorrisofs": "xorriso",
  "setpriv": "util-linux",
  "ip": "iproute2",
  "nft": "nftables",
  "dnsmasq": "dnsmasq-base",
};

// The same for files that are no programs.
const FILES: Readonly<Record<string, string>> = {
  "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
  "/usr/share/OVMF/OVMF_CODE_4M.fd": "ovmf",
};

/**
 * Installs what this machine lacks, if it is a Debian and we are root.
 *
 * @throws with the names of what is missing if it cannot be installed.
 */
export async function installMissing(progress: (line: string) => void): Promise<void> {
  const missing: string[] = [];
  for (const [program, name] of Object.entries(PROGRAMS)) {
    const found = await run("sh", ["-c", `PATH=$PATH:/usr/sbin:/sbin command -v ${program}`])
      .then(() => true, () => false);
    if (!found) missing.push(name);
  }
  for (const [file, name] of Object.entries(FILES)) {
    if (!await Deno.stat(file).then(() => true, () => false)) missing.push(name);
  }
  if (missing.length === 0) return;
  if (Deno.uid() !== 0) {
    throw new Error(
      `These packages are missing: ${missing.join(" ")}. Install them, or run the tier as root.`,
    );
  }
  progress(`installing ${missing.join(" ")}`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  // A machine that was just made may have no lists of packages.
  await run("apt-get", ["update"], { env, timeout: 300_000 });
  const install = ["install", "--yes", "--no-install-recommends", ...missing];
  await run("apt-get", install, { env, timeout: 900_000 });
}
