import { createServer } from "node:net";
import { type Server, ServerCredentials } from "@grpc/grpc-js";
import { ClientConnection } from "./client_connection.ts";
import { IdleCollection } from "./garbage.ts";

/** Where a gRPC server takes its clients from. */
export interface Listener {
  /**
   * Removes the socket, takes no more clients, and waits for the calls in flight.
   *
   * @param grace How long to wait at most, in milliseconds.
   */
  close(grace: number): Promise<void>;
}

/**
 * Lets a gRPC server take the clients of a unix socket.
 *
 * @throws if the socket cannot be made.
 */
export async function listen(server: Server, socket: string): Promise<Listener> {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const connections = new Set<ClientConnection>();
  const collection = new IdleCollection();
  const listener = createServer((client) => {
    const connection = new ClientConnection(client);
    connections.add(connection);
    collection.busy();
    connection.once("close", () => {
      connections.delete(connection);
      if (connections.size === 0) collection.idle();
    });
    injector.injectConnection(connection);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  listener.once("error", reject);
  listener.listen(socket, resolve);
  await promise;
  return {
    async close(grace) {
      listener.close();
      const { promise: waited, resolve: stopWaiting } = Promise.withResolvers<void>();
      const timer = setTimeout(stopWaiting, grace);
      await Promise.race([Promise.all([...connections].map((open) => open.idle())), waited]);
      clearTimeout(timer);
    },
  };
}
