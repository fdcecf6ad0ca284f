import { type Server, ServerCredentials } from "@grpc/grpc-js";
import { ClientConnection } from "./client_connection.ts";
import { IdleTimer } from "./idle_timer.ts";

/**
 * Connections that may be open at once; virt-launcher opens one for each call. Far below the number of files
 * that a process may have open: at that limit no further connection could be accepted.
 */
const MAX_CONNECTIONS = 128;

/** How long to wait after a connection could not be accepted before the next attempt. */
const ACCEPT_RETRY_MS = 100;

/** Long enough for all pending events to be handled. */
const SETTLE_MS = 20;

/** The source of a gRPC server's connections. */
export interface Listener {
  /**
   * Accepts the clients that have connected already, removes the socket, and waits for the calls in flight.
   *
   * @param graceMs How long to wait for the calls at most, in milliseconds.
   */
  close(graceMs: number): Promise<void>;
}

/**
 * Listens on a unix socket and passes its clients to a gRPC server. `Server.bindAsync` cannot be used: see
 * client_connection.ts.
 *
 * @param socket The path of the socket, which must not exist.
 * @param onIdle Called each time that no client has been connected for a while.
 * @throws {Error} if the socket cannot be created: one of `Deno.errors`.
 */
export function listen(server: Server, socket: string, onIdle: () => void): Listener {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const connections = new Set<ClientConnection>();
  const idleTimer = new IdleTimer(onIdle);
  const listener = Deno.listen({ transport: "unix", path: socket });
  const closed = acceptAll(listener, (client) => {
    if (connections.size >= MAX_CONNECTIONS) dropOne(connections);
    const connection = new ClientConnection(client);
    connections.add(connection);
    idleTimer.cancel();
    connection.once("close", () => {
      connections.delete(connection);
      if (connections.size === 0) idleTimer.start();
    });
    injector.injectConnection(connection);
  });
  const hasCalls = () => [...connections].some(({ isIdle }) => !isIdle);
  return {
    async close(graceMs) {
      const deadline = performance.now() + graceMs;
      // Clients may have connected and sent calls while the process was busy. They are accepted and read first.
      await settle();
      listener.close();
      await closed;
      do {
        await settle();
      } while (hasCalls() && performance.now() < deadline);
    },
  };
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}

/** Accepts one client after the other. Resolves once the listener is closed and its socket removed. */
function acceptAll(
  listener: Deno.UnixListener,
  accept: (client: Deno.UnixConn) => void,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const acceptNext = () => {
    listener.accept().then((client) => {
      acceptNext();
      accept(client);
    }, (error) => {
      const { BadResource, Interrupted } = Deno.errors;
      if (error instanceof BadResource || error instanceof Interrupted) resolve();
      // For example too many open files (accept(2): EMFILE). The client waits until it can be accepted.
      else setTimeout(acceptNext, ACCEPT_RETRY_MS);
    });
  };
  acceptNext();
  return promise;
}

/** Closes the oldest idle connection, or the oldest one if a call is in flight on each. */
function dropOne(connections: Set<ClientConnection>): void {
  const [oldest] = connections;
  const dropped = [...connections].find(({ isIdle }) => isIdle) ?? oldest;
  if (dropped === undefined) return;
  // At once and not on its "close" event: many clients can connect before that.
  connections.delete(dropped);
  dropped.destroy();
}
