import { type Server, ServerCredentials } from "@grpc/grpc-js";
import { ClientConnection } from "./client_connection.ts";
import { IdleTimer } from "./idle_timer.ts";

/**
 * Connections that may be open at once; virt-launcher opens one for each call. Far below the number of files
 * that a process may have open: at that limit no further connection could be accepted.
 */
const MAX_CONNECTIONS = 128;

/** How long to wait after a connection could not be accepted. */
const RETRY_MS = 100;

/** Long enough for every event that is pending to be handled. */
const SETTLE_MS = 20;

/** Where a gRPC server gets its connections from. */
export interface Listener {
  /**
   * Accepts the connections that are waiting, removes the socket, and waits for the calls in flight.
   *
   * @param graceMs How long to wait at most, in milliseconds.
   */
  close(graceMs: number): Promise<void>;
}

/**
 * Connects a gRPC server to the clients of a unix socket.
 *
 * @param onIdle Called each time that the last client has gone and no other has come for a while.
 * @throws if the socket cannot be made.
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
  return {
    async close(graceMs) {
      const deadline = performance.now() + graceMs;
      // Clients may have connected, and called, while the process was busy: they are accepted and read first.
      await settle();
      listener.close();
      await closed;
      do await settle(); while (
        performance.now() < deadline && [...connections].some(({ isIdle }) => !isIdle)
      );
    },
  };
}

async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}

/** Accepts one client after the other; resolves once the listener is closed and its socket removed. */
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
      // Such as too many open files: the client waits until it can be accepted.
      else setTimeout(acceptNext, RETRY_MS);
    });
  };
  acceptNext();
  return promise;
}

/** Ends the oldest idle connection, else the oldest. */
function dropOne(connections: Set<ClientConnection>): void {
  const [oldest] = connections;
  const dropped = [...connections].find(({ isIdle }) => isIdle) ?? oldest;
  if (dropped === undefined) return;
  // Now, and not when it has closed: many clients can connect before that.
  connections.delete(dropped);
  dropped.destroy();
}
