import type { Server } from "@grpc/grpc-js";
import type { ServeOptions } from "./cli.ts";
import type { HookContext } from "./hooks/context.ts";
import { collectGarbage } from "./hooks/garbage.ts";
import { sidecarInfo } from "./hooks/info.ts";
import { listen, type Listener, type OnQuiet } from "./hooks/listener.ts";
import { rehearse } from "./hooks/rehearsal.ts";
import { hookServer } from "./hooks/services.ts";
import { captureIdentity, noIdentityNote } from "./identity/identity.ts";
import { createLogger, type Logger } from "./log.ts";
import { LogWriter } from "./log_writer.ts";
import { systemReason } from "./system_error.ts";

/** Where virt-launcher looks for sockets; each sidecar has a folder of its own mounted there. */
const HOOK_FOLDER = "/var/run/kubevirt-hooks";

/** How long calls in flight may take after the sidecar was told to end, in milliseconds. */
const GRACE = 5_000;

/** How long the last lines of the log may take, in milliseconds. */
const FLUSH = 500;

const SIGNALS: readonly Deno.Signal[] = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"];

/** The sidecar cannot start; the message says why and what to do. */
class StartError extends Error {
  override readonly name = "StartError";
}

/**
 * The sidecar's life: captures the identity, listens, gives up what it does not need any more, and ends
 * when virt-launcher or the kubelet says so.
 *
 * @returns The exit code: 1 if the socket cannot be had, which the log then says.
 */
export async function serve(options: ServeOptions): Promise<number> {
  const environment = Deno.env.toObject();
  const writer = new LogWriter(Deno.stderr);
  const logger = createLogger({
    level: options.logLevel,
    format: options.logFormat,
    now: () => new Date(),
    write: (line) => writer.write(line),
    file: "serve.ts",
  });
  surviveStrayErrors(logger);
  try {
    await live(options, environment, logger);
    return 0;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    logger.log("error", error.message);
    return 1;
  } finally {
    await writer.flush(FLUSH);
  }
}

/**
 * From the start to the end.
 *
 * @throws {StartError} if the socket cannot be had.
 */
async function live(
  options: ServeOptions,
  environment: Readonly<Record<string, string>>,
  logger: Logger,
): Promise<void> {
  const context: HookContext = { ...options, identity: captureIdentity(environment) };
  const info = sidecarInfo(options.versions, options.hooks, context.identity !== undefined);
  const end = Promise.withResolvers<string>();
  const server = hookServer({
    info,
    versions: options.versions,
    context,
    logger: logger.of("services.ts"),
    onShutdown: () => end.resolve("virt-launcher called Shutdown"),
  });
  for (const signal of SIGNALS) {
    Deno.addSignalListener(signal, () => end.resolve(`received ${signal}`));
  }

  const socket = options.socket ?? defaultSocket(environment.CONTAINER_NAME);
  await clearStaleSocket(socket);
  const listener = bind(
    server,
    socket,
    context.identity === undefined
      ? collectGarbage
      : onceThenAlways((isQuiet) => void rehearse(context, isQuiet), collectGarbage),
  );
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
    throw new StartError(
      `${socket} cannot be looked at: ${
        reasonOf(error)
      }. Every folder of its path has to be one that can ` +
        "be entered.",
    );
  }
  if (!file.isSocket) {
    throw new StartError(
      `${socket} is there and is no socket: name another path with --socket, or remove it.`,
    );
  }
  await assertStale(socket);
  try {
    await Deno.remove(socket);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw new StartError(
      `${socket} is what a sidecar that ended has left behind, and cannot be removed: ${
        reasonOf(error)
      }. Its folder has to be writable.`,
    );
  }
}

/**
 * Only a refused connection says that nobody listens. What listens may be too busy to be connected to, or
 * may not want us to (connect(2): EAGAIN, EACCES).
 *
 * @throws {StartError} if the socket is served, or may be.
 */
async function assertStale(socket: string): Promise<void> {
  try {
    const connection = await Deno.connect({ transport: "unix", path: socket });
    connection.close();
  } catch (error) {
    const { ConnectionRefused, NotFound } = Deno.errors;
    if (error instanceof ConnectionRefused || error instanceof NotFound) return;
    throw new StartError(
      `${socket} is there, and may be served by another process: connecting to it failed (${
        reasonOf(error)
      }). End that process, remove the socket, or name another path with --socket.`,
    );
  }
  throw new StartError(
    `${socket} is served by another process: one sidecar of a name can run at a time.`,
  );
}

function bind(server: Server, socket: string, onQuiet: OnQuiet): Listener {
  try {
    return listen(server, socket, onQuiet);
  } catch (error) {
    throw new StartError(
      `Cannot listen on ${socket}: ${reasonOf(error)}. Its folder has to exist and to be writable.`,
    );
  }
}

/**
 * What to do when it is quiet: the one thing the first time, and the other each time after that. Not both the
 * first time: with the objects that a collection takes V8 forgets the shapes that it has compiled code for.
 */
function onceThenAlways(once: OnQuiet, always: OnQuiet): OnQuiet {
  let next = once;
  return (isQuiet) => {
    const now = next;
    next = always;
    now(isQuiet);
  };
}

/**
 * Goes on after errors that nobody has caught. Frames that HTTP/2 does not allow, sent to a call that
 * @grpc/grpc-js has refused already, end in an error event of a stream that it listens to no more: without
 * this, any client could end the sidecar. What the hooks themselves throw is caught by the services.
 */
function surviveStrayErrors(logger: Logger): void {
  const survive = (event: Event, error: unknown) => {
    event.preventDefault();
    const kind = error instanceof Error ? error.name : typeof error;
    logger.log("warning", "A connection has ended in an error that nobody handles.", { kind });
  };
  addEventListener("error", (event) => survive(event, event.error));
  addEventListener("unhandledrejection", (event) => survive(event, event.reason));
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
  const said = error instanceof Error ? error.message : String(error);
  return systemReason(error) ?? said.split("\n", 1)[0] ?? "";
}
