import type { Server } from "@grpc/grpc-js";
import type { ServeOptions } from "./cli.ts";
import type { HookContext } from "./hooks/context.ts";
import { sidecarInfo } from "./hooks/info.ts";
import { listen, type Listener } from "./hooks/listener.ts";
import { hookServer } from "./hooks/services.ts";
import { captureIdentity, noIdentityNote } from "./identity/identity.ts";
import { createLogger } from "./log.ts";
import { LogWriter } from "./log_writer.ts";

/** Where virt-launcher looks for sockets; each sidecar has a folder of its own mounted there. */
const HOOK_FOLDER = "/var/run/kubevirt-hooks";

/** How long calls in flight may take after the sidecar was told to end, in milliseconds. */
const GRACE = 5_000;

/** How long the last lines of the log may take, in milliseconds. */
const FLUSH = 500;

const SIGNALS: readonly Deno.Signal[] = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"];

/** The sidecar cannot start; the message says why and what to do. */
export class StartError extends Error {
  override readonly name = "StartError";
}

/**
 * The sidecar's life: captures the identity, listens, gives up what it does not need any more, and ends
 * when virt-launcher or the kubelet says so.
 *
 * @throws {StartError} if the socket cannot be had.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const environment = Deno.env.toObject();
  const writer = new LogWriter(Deno.stderr);
  const logger = createLogger({
    level: options.logLevel,
    format: options.logFormat,
    now: () => new Date(),
    write: (line) => writer.write(line),
  });
  const context: HookContext = { ...options, identity: captureIdentity(environment) };
  const info = sidecarInfo(options.versions, options.hooks, context.identity !== undefined);
  const end = Promise.withResolvers<string>();
  const server = hookServer({
    info,
    versions: options.versions,
    context,
    logger,
    onShutdown: () => end.resolve("virt-launcher called Shutdown"),
  });
  for (const signal of SIGNALS) {
    Deno.addSignalListener(signal, () => end.resolve(`received ${signal}`));
  }

  const socket = options.socket ?? defaultSocket(environment.CONTAINER_NAME);
  await clearStaleSocket(socket);
  const listener = await bind(server, socket);
  dropPrivileges();
  logger.log("info", `Listening on ${socket}.`, {
    hookPoints: info.hookPoints.map(({ name }) => name).join(" "),
  });
  if (context.identity === undefined) {
    const { level, message } = noIdentityNote(environment);
    logger.log(level, message);
  }

  const reason = await end.promise;
  logger.log("info", `Ending: ${reason}.`);
  await close(server, listener);
  await writer.flush(FLUSH);
}

/**
 * The socket's path where virt-launcher looks for it. It tells sockets apart by their file name alone, so
 * that the name has to be unique in the pod; and it knows a restarted container by the same name
 * (kubevirt/kubevirt pkg/hooks/manager.go).
 */
function defaultSocket(containerName: string | undefined): string {
  const suffix = containerName ? `-${containerName}` : "";
  return `${HOOK_FOLDER}/eks-irsa${suffix}.sock`;
}

/** Removes what a killed sidecar has left behind. */
async function clearStaleSocket(socket: string): Promise<void> {
  let file: Deno.FileInfo;
  try {
    file = await Deno.lstat(socket);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw new StartError(`${socket} cannot be looked at: ${reasonOf(error)}.`);
  }
  if (!file.isSocket) {
    throw new StartError(
      `${socket} is there and is no socket: name another path with --socket, or remove it.`,
    );
  }
  if (await isServed(socket)) {
    throw new StartError(
      `${socket} is served by another process: one sidecar of a name can run at a time.`,
    );
  }
  await Deno.remove(socket);
}

async function isServed(socket: string): Promise<boolean> {
  try {
    const connection = await Deno.connect({ transport: "unix", path: socket });
    connection.close();
    return true;
  } catch {
    return false;
  }
}

async function bind(server: Server, socket: string): Promise<Listener> {
  try {
    return await listen(server, socket);
  } catch (error) {
    throw new StartError(
      `Cannot listen on ${socket}: ${reasonOf(error)}. Its folder has to exist and to be writable.`,
    );
  }
}

/** What a hook never needs: everything. Closing the listener removes the socket without asking for a right. */
function dropPrivileges(): void {
  for (const name of ["net", "read", "write", "env", "run", "sys", "ffi"] as const) {
    Deno.permissions.revokeSync({ name });
  }
}

/** Removes the socket and finishes the calls in flight, within a bound. */
async function close(server: Server, listener: Listener): Promise<void> {
  await listener.close(GRACE);
  server.forceShutdown();
}

function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}
