import { Daemon, waitFor } from "./process.ts";

/**
 * Serves a folder over virtiofs the way the IRSA webhook's container does: the Rust virtiofsd, user
 * 107, no capabilities, no sandbox of its own.
 *
 * @param program the folder that extract_virtiofsd.sh filled
 * @param log the file for its output
 */
export async function startVirtiofsd(
  program: string,
  socket: string,
  sharedFolder: string,
  log: string,
): Promise<Daemon> {
  await Deno.remove(socket).catch(() => {});
  const daemon = await Daemon.start("virtiofsd", log, [
    "setpriv",
    "--reuid=107",
    "--regid=107",
    "--clear-groups",
    "--bounding-set=-all",
    "--no-new-privs",
    `${program}/loader`,
    "--library-path",
    `${program}/lib`,
    `${program}/virtiofsd`,
    `--socket-path=${socket}`,
    `--shared-dir=${sharedFolder}`,
    "--sandbox=none",
    "--cache=auto",
    "--migration-on-error=guest-error",
    "--migration-mode=find-paths",
  ]);
  try {
    await waitFor("socket of virtiofsd", 20, async () => {
      daemon.assertRunning();
      return await Deno.lstat(socket).catch(() => undefined);
    }, 50);
    // In a pod QEMU runs as 107 too; here it is another user.
    await Deno.chmod(socket, 0o666);
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  return daemon;
}
