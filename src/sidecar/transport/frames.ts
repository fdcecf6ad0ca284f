/** RFC 9113, section 4.1. */
const HEADER_LENGTH = 9;

/** What a client sends before its first frame: RFC 9113, section 3.4. */
export const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** The frames that matter here: RFC 9113, section 6. */
export const FRAME = {
  data: 0x0,
  headers: 0x1,
  rstStream: 0x3,
  goaway: 0x7,
} as const;

/** On a DATA or HEADERS frame: the sender's last on this stream. */
export const END_STREAM = 0x1;

/** The header of a frame. */
export interface FrameHeader {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
}

/**
 * Watches the frames of one direction of an HTTP/2 connection go by, in chunks of any size, and can take some
 * out. Nothing but an unfinished frame header is held back.
 */
export class FrameFilter {
  readonly #passes: (frame: FrameHeader) => boolean;
  /** Of the preface, or of the frame whose header was the last. */
  #remaining: number;
  #isPassing = true;
  readonly #header = new Uint8Array(HEADER_LENGTH);
  #headerLength = 0;

  /**
   * @param prefaceLength How many bytes come before the first frame.
   * @param passes Is told of each frame when its header is complete; says whether it goes on.
   */
  constructor(prefaceLength: number, passes: (frame: FrameHeader) => boolean) {
    this.#remaining = prefaceLength;
    this.#passes = passes;
  }

  /** What goes on of a chunk, in pieces of no more than one frame each. They may share its memory. */
  pass(chunk: Uint8Array): readonly Uint8Array[] {
    const passed: Uint8Array[] = [];
    let position = 0;
    while (position < chunk.length) {
      let start = position;
      if (this.#remaining === 0) {
        const held = this.#headerLength;
        position = Math.min(chunk.length, start + HEADER_LENGTH - held);
        this.#header.set(chunk.subarray(start, position), held);
        this.#headerLength = held + position - start;
        if (this.#headerLength < HEADER_LENGTH) break;
        this.#isPassing = this.#startFrame();
        if (held > 0) {
          // The header's beginning came in another chunk.
          if (this.#isPassing) passed.push(this.#header.slice());
          start = position;
        }
      }
      const end = Math.min(chunk.length, position + this.#remaining);
      this.#remaining -= end - position;
      position = end;
      if (this.#isPassing && end > start) passed.push(chunk.subarray(start, end));
    }
    return passed;
  }

  #startFrame(): boolean {
    const view = new DataView(this.#header.buffer);
    this.#remaining = view.getUint32(0) >>> 8;
    this.#headerLength = 0;
    return this.#passes({
      type: view.getUint8(3),
      flags: view.getUint8(4),
      stream: view.getUint32(5) & 0x7fffffff,
    });
  }
}
