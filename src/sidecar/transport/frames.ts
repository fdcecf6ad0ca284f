/** The header of each frame: RFC 9113, section 4.1. */
const FRAME_HEADER_BYTES = 9;

/** What a client sends before its first frame: RFC 9113, section 3.4. */
export const CONNECTION_PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** The types of frames that matter here: RFC 9113, section 6. */
export const FRAME = {
  data: 0x0,
  headers: 0x1,
  rstStream: 0x3,
  ping: 0x6,
  goaway: 0x7,
} as const;

/** The flags of frames that matter here: RFC 9113, section 6. */
export const FLAG = {
  /** On DATA and HEADERS: the last frame of its sender on this stream. */
  endStream: 0x1,
  /** On PING: the answer to a PING. */
  ack: 0x1,
} as const;

/** What a frame's header says, but for the length. */
export interface FrameHeader {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
}

/**
 * Reads the frames of one direction of an HTTP/2 connection as they pass in chunks of any size, and can leave
 * some out. It holds back nothing but an incomplete frame header.
 */
export class FrameFilter {
  readonly #passes: (frame: FrameHeader) => boolean;
  /** Bytes that are left of the preface, or of the payload of the current frame. */
  #remainingBytes: number;
  #isPassing = true;
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  /** How many bytes of the next header have come. */
  #headerBytes = 0;

  /**
   * @param prefaceBytes How many bytes come before the first frame.
   * @param passes Called with each frame when its header is complete. Returns whether the frame passes.
   */
  constructor(prefaceBytes: number, passes: (frame: FrameHeader) => boolean) {
    this.#remainingBytes = prefaceBytes;
    this.#passes = passes;
  }

  /**
   * Takes the next chunk. Returns what passes of it, in pieces of at most one frame each, which may share the
   * chunk's memory.
   */
  pass(chunk: Uint8Array): readonly Uint8Array[] {
    const passed: Uint8Array[] = [];
    let position = 0;
    while (position < chunk.length) {
      let start = position;
      if (this.#remainingBytes === 0) {
        const held = this.#headerBytes;
        position = Math.min(chunk.length, start + FRAME_HEADER_BYTES - held);
        this.#header.set(chunk.subarray(start, position), held);
        this.#headerBytes = held + position - start;
        if (this.#headerBytes < FRAME_HEADER_BYTES) break;
        this.#isPassing = this.#startFrame();
        if (held > 0) {
          // The header began in an earlier chunk.
          if (this.#isPassing) passed.push(this.#header.slice());
          start = position;
        }
      }
      const end = Math.min(chunk.length, position + this.#remainingBytes);
      this.#remainingBytes -= end - position;
      position = end;
      if (this.#isPassing && end > start) passed.push(chunk.subarray(start, end));
    }
    return passed;
  }

  /** Reads the complete header. Returns whether its frame passes. */
  #startFrame(): boolean {
    const view = new DataView(this.#header.buffer);
    this.#remainingBytes = view.getUint32(0) >>> 8;
    this.#headerBytes = 0;
    return this.#passes({
      type: view.getUint8(3),
      flags: view.getUint8(4),
      stream: view.getUint32(5) & 0x7fffffff,
    });
  }
}
