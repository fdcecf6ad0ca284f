import type { ServeOptions } from "../cli/command_line.ts";
import type { HookContext } from "../hooks/decision.ts";
import { sidecarInfo } from "../hooks/info.ts";
import { captureIdentity } from "../identity/identity.ts";
import { identityNotes } from "../identity/notes.ts";
import { createLogger, type Logger } from "../log/logger.ts";
import { collectGarbage } from "./grpc/garbage.ts";
import { hookServer } from "./grpc/services.ts";
import { defaultSocket, reasonOf, removeStaleSocket, StartError } from "./hook_socket.ts";
import { LogWriter } from "./log_writer.ts";
import { listen, type Listener } from "./transport/listener.ts";

/** How long calls in flight may still take when the sidecar ends. */
const GRACE_MS = 5_000;

/** How long the last lines of the log may take to be written. */
const FLUSH_MS = 500;

const SIGNALS: readonly Deno.Signal[] = ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"];

/**
 * Runs the sidecar until virt-launcher or the kubelet ends it.
 *
 * @returns The exit code: 0, or 1 if the socket cannot be created, with an error in the log.
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
  logUncaughtErrors(logger);
  try {
    await run(options, environment, logger);
    return 0;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    logger.log("error", error.message);
    return 1;
  } finally {
    await writer.flush(FLUSH_MS);
  }
}

/**
 * Captures the identity, listens, drops the privileges, and waits for the end.
 *
 * @throws {StartError} if the socket cannot be created.
 */
async function run(
  options: ServeOptions,
  environment: Readonly<Record<string, string>>,
  logger: Logger,
): Promise<void> {
  const context: HookContext = { ...options, identity: captureIdentity(environment) };
  const info = sidecarInfo(options, context.identity !== undefined);
  const end = Promise.withResolvers<string>();
  const server = hookServer({
    info,
    context,
    logger: logger.of("services.ts"),
    onShutdown: () => end.resolve("virt-launcher called Shutdown"),
  });
  for (const signal of SIGNALS) {
    Deno.addSignalListener(signal, () => end.resolve(`received ${signal}`));
  }

  const socket = options.socket ?? defaultSocket(environment.CONTAINER_NAME);
  await removeStaleSocket(socket);
  let listener: Listener;
  try {
    listener = listen(server, socket, collectGarbage);
  } catch (error) {
    throw new StartError(
      `Cannot listen on ${socket}: ${reasonOf(error)}. Its folder has to exist and to be writable.`,
    );
  }
  dropPrivileges();
  logger.log("info", `Listening on ${socket}.`, {
    hookPoints: info.hookPoints.map(({ name }) => name).join(" "),
  });
  for (const { level, message } of identityNotes(environment, context.identity)) {
    logger.log(level, message);
  }

  const reason = await end.promise;
  logger.log("info", `Ending: ${reason}.`);
  await listener.close(GRACE_MS);
}

/**
 * Logs errors that nothing has caught, and goes on. HTTP/2 frames that are not allowed, sent to a call that
 * @grpc/grpc-js has refused already, end in an error event of a stream that it no longer listens to: without
 * this, any client could end the sidecar. The services catch what the hooks themselves throw.
 */
function logUncaughtErrors(logger: Logger): void {
  const log = (event: Event, error: unknown) => {
    event.preventDefault();
    const kind = error instanceof Error ? error.name : typeof error;
    logger.log("warning", "A connection has ended with an error that nothing has caught.", {
      kind,
    });
  };
  addEventListener("error", (event) => log(event, event.error));
  addEventListener("unhandledrejection", (event) => log(event, event.reason));
}

/** Gives up every permission: the hooks need none, and Deno removes the listener's socket without one. */
function dropPrivileges(): void {
  for (const name of ["net", "read", "write", "env", "run", "sys", "ffi"] as const) {
    Deno.permissions.revokeSync({ name });
  }
}
