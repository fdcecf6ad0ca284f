import type { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { END_STREAM, FRAME, FrameSplitter, type Piece, PREFACE_LENGTH } from "./frames.ts";

/**
 * A client's connection without the GOAWAY that clients such as grpc-go send before they close. Deno's
 * HTTP/2 dies of that frame now and then, with an assertion of nghttp2 that no code can catch
 * (denoland/deno issue 36788): without this, one call in some hundred ended the sidecar, and the start of
 * its VM. The end of the connection, which follows, says the same.
 *
 * It also knows the calls in flight, so that they can be waited for.
 */
export class ClientConnection extends Duplex {
  readonly #socket: Duplex;
  readonly #received = new FrameSplitter(PREFACE_LENGTH);
  readonly #sent = new FrameSplitter(0);
  /** The streams of calls that have begun and are not answered to the end. */
  readonly #calls = new Set<number>();
  readonly #idle: (() => void)[] = [];

  constructor(socket: Duplex) {
    super();
    this.#socket = socket;
    socket.on("data", (chunk: Uint8Array) => this.#receive(chunk));
    socket.on("end", () => this.push(null));
    socket.on("error", () => this.destroy());
    socket.on("close", () => this.destroy());
  }

  /** Whether no call is in flight. */
  get isIdle(): boolean {
    return this.#calls.size === 0;
  }

  /** Resolves once no call is in flight. */
  async idle(): Promise<void> {
    if (this.isIdle) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle.push(resolve);
    await promise;
  }

  override _read(): void {
    this.#socket.resume();
  }

  /**
   * HTTP/2 says goodbye to every client, and most have gone by then: a stream would answer that with an
   * error, whose stack costs a tenth of all that a call does. Nobody but HTTP/2 writes here, and it leaves
   * no callback.
   */
  override write(chunk: Uint8Array): boolean {
    return !this.destroyed && super.write(chunk);
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    const ended = this.#sent.split(chunk).flatMap(endedStream);
    this.#socket.write(chunk, (error) => {
      this.#end(ended);
      done(error);
    });
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    this.#end([...this.#calls]);
    // Whatever went wrong is the client's: it is gone, and nobody is left to be told.
    done(null);
  }

  #receive(chunk: Uint8Array): void {
    let wantsMore = true;
    for (const piece of this.#received.split(chunk)) {
      const { bytes, frame, starts } = piece;
      if (frame?.type === FRAME.goaway) continue;
      if (starts && frame?.type === FRAME.headers) this.#calls.add(frame.stream);
      if (starts && frame?.type === FRAME.rstStream) this.#end([frame.stream]);
      wantsMore = this.push(bytes);
    }
    if (!wantsMore) this.#socket.pause();
  }

  #end(streams: readonly number[]): void {
    for (const stream of streams) this.#calls.delete(stream);
    if (this.#calls.size > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** The stream that the sender ends with a frame. */
function endedStream({ frame, starts }: Piece): number[] {
  if (frame === undefined || !starts) return [];
  const last = (frame.type === FRAME.headers || frame.type === FRAME.data) &&
    (frame.flags & END_STREAM) !== 0;
  return last || frame.type === FRAME.rstStream ? [frame.stream] : [];
}
