import type { Server } from "@grpc/grpc-js";
import { listen } from "../../../src/sidecar/transport/listener.ts";

/** How long calls in flight may take when it is closed. */
const GRACE_MS = 100;

/** A server of this process, at a socket in a folder of its own. */
export class Listening implements AsyncDisposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "irsa-" });
  readonly #server: Server;
  readonly #close: () => Promise<void>;
  #closing: Promise<void> | undefined;
  readonly socket = `${this.#folder}/sidecar.sock`;
  /** How often nobody has been connected for a while. */
  idleTimes = 0;

  constructor(server: Server) {
    this.#server = server;
    const listener = listen(server, this.socket, () => this.idleTimes++);
    this.#close = () => listener.close(GRACE_MS);
  }

  /** Closes the listener, once. */
  async close(): Promise<void> {
    await (this.#closing ??= this.#close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    this.#server.forceShutdown();
    await Deno.remove(this.#folder, { recursive: true });
  }
}
