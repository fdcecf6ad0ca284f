import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";
import { END_STREAM, FRAME, FrameFilter, type FrameHeader, PREFACE } from "./frames.ts";

/** How much is read at once, in bytes. */
const READ = 16 * 1024;

/** How many chunks may wait for a client that reads nothing before nothing more is read of it. */
const MOST_UNSENT = 100;

/** What is used of a socket's connection. */
export type Transport = Pick<Deno.Conn, "read" | "write" | "close">;

/**
 * A client's connection as Node's HTTP/2 wants it, but without the GOAWAY that clients such as grpc-go send
 * before they close. Deno's HTTP/2 dies of that frame now and then, with an assertion of nghttp2 that no code
 * can catch (denoland/deno issue 36788): without this, one call in some hundred ended the sidecar, and the
 * start of its VM. Instead the connection ends there, if no call is in flight. And it gets one frame at a time,
 * for with several at once, if one of them is not allowed, it ended in a segmentation fault now and then.
 *
 * It knows the calls in flight, so that they can be waited for.
 */
export class ClientConnection extends Duplex {
  readonly #transport: Transport;
  readonly #buffer = new Uint8Array(READ);
  readonly #received = new FrameFilter(PREFACE.length, (frame) => this.#receive(frame));
  readonly #sent = new FrameFilter(0, (frame) => this.#send(frame));
  /** The streams of calls that have begun and are not answered to the end, and whether all of the request is here. */
  readonly #calls = new Map<number, boolean>();
  /** The newest stream that a client has begun: they are numbered in their order (RFC 9113, section 5.1.1). */
  #newest = 0;
  /** The streams whose end is being written. */
  readonly #ending: number[] = [];
  readonly #idle: (() => void)[] = [];
  readonly #unsent: Uint8Array[] = [];
  #flushing: Promise<void> | undefined;
  #saidGoodbye = false;

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
    this.#idle.push(resolve);
    await promise;
  }

  override _read(): void {
    void this.#read();
  }

  /**
   * HTTP/2, which alone writes here, leaves no callback, does not look at what is returned, and says goodbye
   * to clients that have gone. A stream would answer that with an error, whose stack costs a tenth of all
   * that a call does.
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
    this.#end([...this.#calls.keys()]);
    // Whatever went wrong is the client's: it is gone, and nobody is left to be told.
    done(null);
  }

  /** Reads until there is something to be passed on. */
  async #read(): Promise<void> {
    try {
      for (;;) {
        if (this.#unsent.length > MOST_UNSENT) await this.#flushing;
        const length = await this.#transport.read(this.#buffer);
        if (length === null) {
          // Whoever has closed one direction alone still gets the answers to what was asked.
          this.#end([...this.#calls].flatMap(([stream, isWhole]) => isWhole ? [] : [stream]));
          await this.idle();
          await this.#flushing;
          break;
        }
        const pieces = this.#received.pass(this.#buffer.subarray(0, length));
        if (this.#saidGoodbye && this.isIdle) break;
        // Copies: the buffer is used again.
        for (const piece of pieces) this.push(Buffer.from(piece));
        if (pieces.length > 0) return;
      }
    } catch {
      // The client is gone.
    }
    this.destroy();
  }

  async #flush(): Promise<void> {
    try {
      // What else is written in this turn goes with it.
      await undefined;
      while (this.#unsent.length > 0) {
        let bytes: Uint8Array = Buffer.concat(this.#unsent.splice(0));
        this.#sent.pass(bytes);
        const ended = this.#ending.splice(0);
        while (bytes.length > 0) bytes = bytes.subarray(await this.#transport.write(bytes));
        this.#end(ended);
      }
    } catch {
      this.destroy();
    }
    this.#flushing = undefined;
  }

  #receive(frame: FrameHeader): boolean {
    const { type, stream } = frame;
    if (type === FRAME.headers && stream > this.#newest) {
      this.#newest = stream;
      this.#calls.set(stream, false);
    }
    if (isLast(frame) && this.#calls.has(stream)) this.#calls.set(stream, true);
    if (type === FRAME.rstStream) this.#end([stream]);
    if (type === FRAME.goaway) this.#saidGoodbye = true;
    return type !== FRAME.goaway;
  }

  #send(frame: FrameHeader): boolean {
    if (isLast(frame) || frame.type === FRAME.rstStream) this.#ending.push(frame.stream);
    return true;
  }

  #end(streams: readonly number[]): void {
    for (const stream of streams) this.#calls.delete(stream);
    if (this.#calls.size > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }
}

/** Whether a frame is its sender's last on a stream. */
function isLast({ type, flags }: FrameHeader): boolean {
  return (type === FRAME.headers || type === FRAME.data) && (flags & END_STREAM) !== 0;
}
