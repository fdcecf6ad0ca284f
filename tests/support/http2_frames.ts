/** Frames of HTTP/2 (RFC 9113), for requests that no client library sends. */

const encoder = new TextEncoder();

export const PREFACE = encoder.encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
};
export const END_STREAM = 1;
export const END_HEADERS = 4;
/** On SETTINGS and PING. */
export const ACK = 1;

/** What a client sends before its first call. */
export const OPENED = concat(PREFACE, frame(FRAME.settings, 0, 0));

/** A frame that has come back, perhaps without the end of its payload. */
export interface ReceivedFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

/** One frame. */
export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = new Uint8Array(),
) {
  const header = new DataView(new ArrayBuffer(9));
  header.setUint32(0, payload.length << 8 | type);
  header.setUint8(4, flags);
  header.setUint32(5, stream);
  return concat(new Uint8Array(header.buffer), payload);
}

/** The header block of a call, as literals without indexing (RFC 7541, section 6.2.2). */
export function requestHeaders(path: string): Uint8Array {
  const fields = {
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "localhost",
    "content-type": "application/grpc",
    "te": "trailers",
  };
  return concat(...Object.entries(fields).map(([name, value]) => literal(name, value)));
}

/** A header field. Name and value must be shorter than 127 bytes. */
export function literal(name: string, value: string): Uint8Array {
  const [one, other] = [encoder.encode(name), encoder.encode(value)];
  return concat(Uint8Array.of(0, one.length), one, Uint8Array.of(other.length), other);
}

/** A gRPC message: its length, which may be wrong on purpose, and its bytes. */
export function grpcMessage(bytes: Uint8Array, length = bytes.length, compressed = 0): Uint8Array {
  const header = new DataView(new ArrayBuffer(5));
  header.setUint8(0, compressed);
  header.setUint32(1, length);
  return concat(new Uint8Array(header.buffer), bytes);
}

export function concat(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** How long an answer may take, in milliseconds. */
const MAX_WAIT_MS = 20_000;

/** A connection that sends any bytes, and records what it receives. */
export class RawConnection implements Disposable {
  received = new Uint8Array();
  closed = false;
  #changed = Promise.withResolvers<void>();

  private constructor(private readonly connection: Deno.UnixConn) {
    this.#read();
  }

  static async open(socket: string): Promise<RawConnection> {
    return new RawConnection(await Deno.connect({ transport: "unix", path: socket }));
  }

  /** Sends bytes. Returns whether the other side accepted them. */
  async send(...pieces: readonly Uint8Array[]): Promise<boolean> {
    try {
      const bytes = concat(...pieces);
      let sent = 0;
      while (sent < bytes.length) sent += await this.connection.write(bytes.subarray(sent));
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Waits until a condition holds, which is looked at whenever bytes come back or the connection is closed.
   *
   * @throws if the connection is closed before, or if it takes too long.
   */
  async until(condition: (connection: RawConnection) => boolean): Promise<void> {
    const late = setTimeout(() => this.#changed.reject(new Error("No answer.")), MAX_WAIT_MS);
    try {
      while (!condition(this)) {
        if (this.closed) throw new Error("The connection was closed.");
        await this.#changed.promise;
      }
    } finally {
      clearTimeout(late);
    }
  }

  /** Sends a PING and waits for its answer: the other side has read all that was sent before. */
  async ping(): Promise<void> {
    const answers = () =>
      this.frames().filter(({ type, flags }) => type === FRAME.ping && (flags & ACK) !== 0).length;
    const before = answers();
    await this.send(frame(FRAME.ping, 0, 0, new Uint8Array(8)));
    await this.until(() => answers() > before);
  }

  /** The frames that have come back so far. */
  frames(): ReceivedFrame[] {
    const found = [];
    const view = new DataView(this.received.buffer, this.received.byteOffset);
    for (let at = 0; at + 9 <= this.received.length;) {
      const length = view.getUint32(at) >>> 8;
      const payload = this.received.subarray(at + 9, at + 9 + length);
      found.push({
        type: view.getUint8(at + 3),
        flags: view.getUint8(at + 4),
        stream: view.getUint32(at + 5) & 0x7fffffff,
        payload,
      });
      at += 9 + length;
    }
    return found;
  }

  [Symbol.dispose](): void {
    try {
      this.connection.close();
    } catch {
      // Closed by the other side.
    }
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(65536);
    try {
      for (;;) {
        const count = await this.connection.read(buffer);
        if (count === null) break;
        this.received = concat(this.received, buffer.subarray(0, count));
        this.#change();
      }
    } catch {
      // Closed by either side.
    }
    this.closed = true;
    this.#change();
  }

  #change(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }
}
