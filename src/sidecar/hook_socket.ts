import { systemReason } from "../text/system_error.ts";

/** The sidecar cannot start. The message says why, and what to do. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/** Where virt-launcher looks for sockets; each sidecar has a folder of its own mounted there. */
const HOOK_FOLDER = "/var/run/kubevirt-hooks";

/**
 * The socket's path where virt-launcher looks for it. virt-launcher tells sockets apart by their file name
 * alone, so that the name has to be unique in the pod; and it knows a restarted container by the same name
 * (kubevirt/kubevirt pkg/hooks/manager.go).
 *
 * @param containerName The variable `CONTAINER_NAME`, which KubeVirt sets for a hook sidecar.
 */
export function defaultSocket(containerName: string | undefined): string {
  const suffix = containerName ? `-${containerName}` : "";
  return `${HOOK_FOLDER}/eks-irsa${suffix}.sock`;
}

/**
 * Removes the socket that a killed sidecar has left behind.
 *
 * @throws {StartError} if it may be in use, is not a socket, or cannot be removed.
 */
export async function removeStaleSocket(socket: string): Promise<void> {
  let file: Deno.FileInfo;
  try {
    file = await Deno.lstat(socket);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw new StartError(
      `${socket} cannot be examined: ${
        reasonOf(error)
      }. The sidecar needs to enter every folder of ` +
        "its path.",
    );
  }
  if (!file.isSocket) {
    throw new StartError(
      `${socket} exists and is no socket: name another path with --socket, or remove it.`,
    );
  }
  await assertStale(socket);
  try {
    await Deno.remove(socket);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return; // Another process has removed it.
    throw new StartError(
      `${socket} was left behind by a sidecar that has ended, and cannot be removed: ${
        reasonOf(error)
      }. Its folder has to be writable.`,
    );
  }
}

/**
 * Only a refused connection says that nobody listens. A process that listens may be too busy to accept a
 * connection, or may not permit one (connect(2): EAGAIN, EACCES).
 *
 * @throws {StartError} if the socket is in use, or may be.
 */
async function assertStale(socket: string): Promise<void> {
  try {
    const connection = await Deno.connect({ transport: "unix", path: socket });
    connection.close();
  } catch (error) {
    const { ConnectionRefused, NotFound } = Deno.errors;
    if (error instanceof ConnectionRefused || error instanceof NotFound) return;
    throw new StartError(
      `${socket} exists, and may be served by another process: connecting to it failed (${
        reasonOf(error)
      }). End that process, remove the socket, or name another path with --socket.`,
    );
  }
  throw new StartError(
    `${socket} is served by another process: only one sidecar can use a socket at a time.`,
  );
}

/** Why the system refused something, as the end of a sentence. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return systemReason(error) ?? message.split("\n", 1)[0] ?? "";
}
