import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { GoawayFilter } from "./goaway_filter.ts";

/**
 * A client's connection without the GOAWAY that clients such as grpc-go send before they close. Deno's
 * HTTP/2 dies of that frame now and then, with an assertion of nghttp2 that no code can catch
 * (denoland/deno issue 36788): without this, one call in some hundred ended the sidecar, and the start of
 * its VM. The end of the connection, which follows, says the same.
 */
export class ClientConnection extends Duplex {
  readonly #socket: Socket;
  readonly #filter = new GoawayFilter();

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on("data", (chunk: Uint8Array) => {
      let wantsMore = true;
      for (const piece of this.#filter.filter(chunk)) wantsMore = this.push(piece);
      if (!wantsMore) socket.pause();
    });
    socket.on("end", () => this.push(null));
    socket.on("error", () => this.destroy());
    socket.on("close", () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    // Whatever went wrong is the client's: it is gone, and nobody is left to be told.
    done(null);
  }
}
