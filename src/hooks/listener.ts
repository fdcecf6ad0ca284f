import { createServer } from "node:net";
import { type Server, ServerCredentials } from "@grpc/grpc-js";
import { ClientConnection } from "./client_connection.ts";

/** Where a gRPC server takes its clients from. */
export interface Listener {
  /** Takes no more clients, and removes the socket. */
  close(): Promise<void>;
}

/**
 * Lets a gRPC server take the clients of a unix socket.
 *
 * @throws if the socket cannot be made.
 */
export async function listen(server: Server, socket: string): Promise<Listener> {
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const listener = createServer((client) =>
    injector.injectConnection(new ClientConnection(client))
  );
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  listener.once("error", reject);
  listener.listen(socket, resolve);
  await promise;
  return {
    async close() {
      const closed = Promise.withResolvers<void>();
      listener.close(() => closed.resolve());
      // Connections that stay open do not hold up the end.
      await Promise.race([closed.promise, new Promise<void>((done) => setTimeout(done, 0))]);
    },
  };
}
