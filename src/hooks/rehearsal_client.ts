import { Buffer } from "node:buffer";
import { END_STREAM, FRAME, frame, FrameFilter, PREFACE } from "./frames.ts";
import type { Transport } from "./client_connection.ts";

/** All headers of a request are in this frame: RFC 9113, section 6.2. */
const END_HEADERS = 0x4;

/** What the answers on a connection may have in all, in bytes: RFC 9113, section 6.9. */
const WINDOW = 1024 * 1024;

/** A gRPC client in memory, which sends what grpc-go, virt-launcher's, would. It takes any answer. */
export class RehearsalClient implements Transport {
  /** What the server has not read yet. */
  #sent: Uint8Array = Buffer.concat([
    Buffer.from(PREFACE),
    frame({ type: FRAME.settings, flags: 0, stream: 0 }, new Uint8Array()),
    frame({ type: FRAME.windowUpdate, flags: 0, stream: 0 }, uint32(WINDOW)),
  ]);
  /** The server waits for more. */
  #wanted: (() => void) | undefined;
  #stream = 1;
  #answered: (() => void) | undefined;
  readonly #received = new FrameFilter(0, ({ type, flags, stream }) => {
    // The trailers, or no more than an error.
    const isEnd = (type === FRAME.headers && (flags & END_STREAM) !== 0) ||
      type === FRAME.rstStream;
    if (isEnd && stream === this.#stream) this.#answered?.();
    return false;
  });
  #isClosed = false;

  /** Makes a unary call, and resolves when it is answered or the server has closed the connection. */
  async call(path: string, message: Uint8Array): Promise<void> {
    if (this.#isClosed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#answered = resolve;
    const stream = this.#stream;
    this.#send(
      frame({ type: FRAME.headers, flags: END_HEADERS, stream }, headers(path)),
      frame({ type: FRAME.data, flags: END_STREAM, stream }, lengthPrefixed(message)),
    );
    await promise;
    this.#stream += 2;
  }

  /** Says goodbye, as grpc-go does. */
  end(): void {
    // The last stream that was taken, and no error: RFC 9113, section 6.8.
    this.#send(frame({ type: FRAME.goaway, flags: 0, stream: 0 }, new Uint8Array(8)));
  }

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#sent.length === 0 && !this.#isClosed) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wanted = resolve;
      await promise;
    }
    if (this.#isClosed) return null;
    const read = this.#sent.subarray(0, into.length);
    into.set(read);
    this.#sent = this.#sent.subarray(read.length);
    return read.length;
  }

  write(bytes: Uint8Array): Promise<number> {
    this.#received.pass(bytes);
    return Promise.resolve(bytes.length);
  }

  close(): void {
    this.#isClosed = true;
    this.#wanted?.();
    this.#answered?.();
  }

  #send(...frames: readonly Uint8Array[]): void {
    this.#sent = Buffer.concat([this.#sent, ...frames]);
    this.#wanted?.();
  }
}

/** A message as gRPC sends it: not compressed, and its length (grpc/grpc doc/PROTOCOL-HTTP2.md). */
function lengthPrefixed(message: Uint8Array): Uint8Array {
  return Buffer.concat([new Uint8Array(1), uint32(message.length), message]);
}

/** The headers of a unary call, as literals without indexing and compression (RFC 7541, section 6.2.2). */
function headers(path: string): Uint8Array {
  const fields = {
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "localhost",
    "content-type": "application/grpc",
    "user-agent": "grpc-go/1.65.0",
    "te": "trailers",
    "grpc-timeout": "4999998u",
  };
  return Buffer.concat(
    Object.entries(fields).flatMap(([name, value]) => [
      new Uint8Array([0, name.length]),
      Buffer.from(name),
      new Uint8Array([value.length]),
      Buffer.from(value),
    ]),
  );
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
