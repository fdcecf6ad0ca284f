/**
 * What this folder works around, and when it can go.
 *
 * `@grpc/grpc-js` stands on node:http2. In Deno 2.9.6, two frames of a client make node:http2 use memory that it
 * has freed (https://github.com/denoland/deno/issues/36788):
 *
 * - GOAWAY, if no stream is open or if it has an error code. gRPC clients send it before they close.
 * - PING with the flag ACK, if no PING was sent.
 *
 * nghttp2 reports a frame to Deno while it is still processing it. On these two, Deno destroys the session at
 * once, and nghttp2 continues with freed memory. That happens every time. The process dies of it, with SIGSEGV or
 * a failed assertion of nghttp2, only if the memory is in use again: without this folder after 17, 72 or 407
 * connections, or not within 3,000. With `MALLOC_PERTURB_` set (mallopt(3)) it dies of the first.
 *
 * Deno's source has a guard: `receive_data` in ext/node/ops/http2/session.rs sets `is_sending`, so that the
 * session is destroyed after nghttp2 has returned. The released program for x86_64 has no instruction that sets
 * it there. The likely reason: `&mut self` tells the compiler that nothing else reads the field meanwhile, and
 * the callbacks do.
 *
 * Therefore this folder accepts the connections itself, removes the two frames from what clients send, and
 * disconnects clients after their GOAWAY. It can go when tests/integration/goaway_test.ts passes with a gRPC
 * server that listens by itself (`Server.bindAsync`). Then the limit of connections, the idle timer and the wait
 * for calls in flight need another place.
 */

import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { CONNECTION_PREFACE, FLAG, FRAME, FrameFilter, type FrameHeader } from "./frames.ts";

/** How much is read from a client at once. */
const READ_BYTES = 16 * 1024;

/** How many chunks may wait for a client that does not read. While more wait, nothing is read from it. */
const MAX_UNSENT_CHUNKS = 100;

/** What is used of a unix socket's connection. */
export type Transport = Pick<Deno.Conn, "read" | "write" | "close">;

/** How far a call in flight has come: its request is being received, or is complete. */
type CallState = "receiving" | "received";

/**
 * A client's connection, as the stream that node:http2 expects. It passes on what the client sends, without the
 * two frames above. Frames are passed on one at a time, so that Deno handles an error in a frame before it sees
 * the next frame. A client that has sent GOAWAY is disconnected if it has no call in flight.
 *
 * The connection knows its calls in flight, so that they can be waited for.
 */
export class ClientConnection extends Duplex {
  readonly #transport: Transport;
  readonly #readBuffer = new Uint8Array(READ_BYTES);
  readonly #receivedFrames = new FrameFilter(
    CONNECTION_PREFACE.length,
    (frame) => this.#onReceive(frame),
  );
  readonly #sentFrames = new FrameFilter(0, (frame) => this.#onSend(frame));
  /** The calls in flight by their stream: from the first frame of the request to the last of the answer. */
  readonly #calls = new Map<number, CallState>();
  /** The newest stream of the client. Later streams have higher numbers (RFC 9113, section 5.1.1). */
  #newestStream = 0;
  /** The streams whose last frame is about to be written. */
  readonly #endingStreams: number[] = [];
  /** Resolve the promises of `idle`. */
  readonly #onIdle: (() => void)[] = [];
  readonly #unsent: Uint8Array[] = [];
  #flushing: Promise<void> | undefined;
  #goawayReceived = false;

  constructor(transport: Transport) {
    super();
    this.#transport = transport;
  }

  /** Whether no call is in flight. */
  get isIdle(): boolean {
    return this.#calls.size === 0;
  }

  /** Resolves once no call is in flight. */
  async idle(): Promise<void> {
    if (this.isIdle) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onIdle.push(resolve);
    await promise;
  }

  override _read(): void {
    void this.#read();
  }

  /**
   * Sends bytes to the client, together with whatever else is written in this turn of the event loop.
   *
   * This replaces the method of Node's streams for node:http2, which passes no callback, ignores what is
   * returned, and writes to clients that have gone. A stream would make an error of that, and the error's
   * stack would cost a tenth of the processor time of a call.
   */
  override write(chunk: Uint8Array): boolean {
    if (this.destroyed) return false;
    this.#unsent.push(chunk);
    this.#flushing ??= this.#flush();
    return true;
  }

  override _final(done: () => void): void {
    void Promise.resolve(this.#flushing).then(done);
  }

  override _destroy(_error: Error | null, done: (error?: Error | null) => void): void {
    this.#transport.close();
    this.#endCalls([...this.#calls.keys()]);
    // No error: only the client could be told, and it has gone.
    done(null);
  }

  /** Reads until there is something to pass on. */
  async #read(): Promise<void> {
    try {
      for (;;) {
        if (this.#unsent.length > MAX_UNSENT_CHUNKS) await this.#flushing;
        const length = await this.#transport.read(this.#readBuffer);
        if (length === null) {
          // A client that closes only its own direction still gets the answers to complete requests.
          this.#endCalls(
            [...this.#calls].flatMap(([id, state]) => state === "receiving" ? id : []),
          );
          await this.idle();
          await this.#flushing;
          break;
        }
        const pieces = this.#receivedFrames.pass(this.#readBuffer.subarray(0, length));
        if (this.#goawayReceived && this.isIdle) break;
        // Copies, because the buffer is used again.
        for (const piece of pieces) this.push(Buffer.from(piece));
        if (pieces.length > 0) return;
      }
    } catch {
      // The client has gone.
    }
    this.destroy();
  }

  async #flush(): Promise<void> {
    try {
      // Waits for what else is written in this turn.
      await undefined;
      while (this.#unsent.length > 0) {
        let bytes: Uint8Array = Buffer.concat(this.#unsent.splice(0));
        this.#sentFrames.pass(bytes);
        const ended = this.#endingStreams.splice(0);
        while (bytes.length > 0) bytes = bytes.subarray(await this.#transport.write(bytes));
        this.#endCalls(ended);
      }
    } catch {
      this.destroy();
    }
    this.#flushing = undefined;
  }

  /** Notes what a frame of the client means for the calls in flight. Returns whether it is passed on. */
  #onReceive(frame: FrameHeader): boolean {
    const { type, flags, stream } = frame;
    switch (type) {
      case FRAME.goaway:
        this.#goawayReceived = true;
        return false;
      case FRAME.ping:
        // The sidecar sends no PING: no ACK answers one.
        return (flags & FLAG.ack) === 0;
      case FRAME.rstStream:
        this.#endCalls([stream]);
        return true;
      case FRAME.headers:
        if (stream > this.#newestStream) {
          this.#newestStream = stream;
          this.#calls.set(stream, "receiving");
        }
    }
    if (endsStream(frame) && this.#calls.has(stream)) this.#calls.set(stream, "received");
    return true;
  }

  #onSend(frame: FrameHeader): boolean {
    if (endsStream(frame) || frame.type === FRAME.rstStream) this.#endingStreams.push(frame.stream);
    return true; // Of what is sent nothing is left out.
  }

  #endCalls(streams: readonly number[]): void {
    for (const stream of streams) this.#calls.delete(stream);
    if (!this.isIdle) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}

/** Whether a frame is the last that its sender sends on its stream. */
function endsStream({ type, flags }: FrameHeader): boolean {
  return (type === FRAME.headers || type === FRAME.data) && (flags & FLAG.endStream) !== 0;
}
