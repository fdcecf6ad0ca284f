import { type Server, ServerCredentials } from "@grpc/grpc-js";
import { ClientConnection } from "./client_connection.ts";
import { Quiet } from "./quiet.ts";

/**
 * Connections that may be open at once; virt-launcher opens one for each call. Far below the files that a
 * process may have open: nobody more can be taken once it has met that limit.
 */
const MOST_CONNECTIONS = 128;

/** How long to wait when a client cannot be taken, in milliseconds. */
const BEFORE_NEXT_ATTEMPT = 100;

/** Long enough for everything that has arrived to be looked at, in milliseconds. */
const A_MOMENT = 20;

/** Uses the time in which nobody asks for anything; it is told how to see whether that is so still. */
export type OnQuiet = (isQuiet: () => boolean) => void;

/** Where a gRPC server takes its clients from. */
export interface Listener {
  /**
   * Takes those who have come, removes the socket, and waits for the calls in flight.
   *
   * @param grace How long to wait at most, in milliseconds.
   */
  close(grace: number): Promise<void>;
}

/**
 * Lets a gRPC server take the clients of a unix socket.
 *
 * @param onQuiet Called each time that the last client has gone and none has come for a while.
 * @throws if the socket cannot be made.
 */
export function listen(server: Server, socket: string, onQuiet: OnQuiet): Listener {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const connections = new Set<ClientConnection>();
  const quiet = new Quiet(() => onQuiet(() => connections.size === 0));
  const listener = Deno.listen({ transport: "unix", path: socket });
  const closed = takeClients(listener, (client) => {
    if (connections.size >= MOST_CONNECTIONS) dropOne(connections);
    const connection = new ClientConnection(client);
    connections.add(connection);
    quiet.end();
    connection.once("close", () => {
      connections.delete(connection);
      if (connections.size === 0) quiet.await();
    });
    injector.injectConnection(connection);
  });
  return {
    async close(grace) {
      const deadline = performance.now() + grace;
      // Clients may have come, and asked, while the process was busy: they are taken and read first.
      await aMoment();
      listener.close();
      await closed;
      do await aMoment(); while (
        performance.now() < deadline && [...connections].some(({ isIdle }) => !isIdle)
      );
    },
  };
}

async function aMoment(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, A_MOMENT));
}

/** Takes one client after the other; resolves once the listener is closed and its socket removed. */
function takeClients(
  listener: Deno.UnixListener,
  take: (client: Deno.UnixConn) => void,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const takeNext = () => {
    listener.accept().then((client) => {
      takeNext();
      take(client);
    }, (error) => {
      const { BadResource, Interrupted } = Deno.errors;
      if (error instanceof BadResource || error instanceof Interrupted) resolve();
      // Such as too many open files: the client waits until there is room for it.
      else setTimeout(takeNext, BEFORE_NEXT_ATTEMPT);
    });
  };
  takeNext();
  return promise;
}

/** Ends the connection that is missed least: the first to come that asks for nothing, or else the first. */
function dropOne(connections: Set<ClientConnection>): void {
  const [first] = connections;
  const dropped = [...connections].find(({ isIdle }) => isIdle) ?? first;
  if (dropped === undefined) return;
  // Now, and not when it has closed: many clients can come before that.
  connections.delete(dropped);
  dropped.destroy();
}
