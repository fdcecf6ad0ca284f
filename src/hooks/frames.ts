/** RFC 9113, section 4.1. */
const HEADER_LENGTH = 9;

/** What a client sends before its first frame, in bytes: RFC 9113, section 3.4. */
export const PREFACE_LENGTH = 24;

/** The frames that matter here: RFC 9113, section 6. */
export const FRAME = { data: 0x0, headers: 0x1, rstStream: 0x3, goaway: 0x7 } as const;

/** On a DATA or HEADERS frame: the sender's last on this stream. */
export const END_STREAM = 0x1;

/** The header of a frame. */
export interface FrameHeader {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
}

/** A stretch of bytes that belongs to one frame, or to the preface. */
export interface Piece {
  readonly bytes: Uint8Array;
  /** Absent for the preface. */
  readonly frame: FrameHeader | undefined;
  /** Whether it is the frame's header. */
  readonly starts: boolean;
}

/**
 * Tells the frames of one direction of an HTTP/2 connection apart, in chunks of any size. Nothing but an
 * unfinished frame header is held back.
 */
export class FrameSplitter {
  #remaining: number;
  #frame: FrameHeader | undefined;
  readonly #header = new Uint8Array(HEADER_LENGTH);
  #headerLength = 0;

  /** @param prefaceLength How many bytes come before the first frame. */
  constructor(prefaceLength: number) {
    this.#remaining = prefaceLength;
  }

  /** The pieces of a chunk, in order. They may share its memory. */
  split(chunk: Uint8Array): readonly Piece[] {
    const pieces: Piece[] = [];
    let position = 0;
    while (position < chunk.length) {
      const inHeader = this.#remaining === 0;
      const wanted = inHeader ? HEADER_LENGTH - this.#headerLength : this.#remaining;
      const bytes = chunk.subarray(position, position + wanted);
      position += bytes.length;
      if (!inHeader) {
        pieces.push({ bytes, frame: this.#frame, starts: false });
        this.#remaining -= bytes.length;
        continue;
      }
      this.#header.set(bytes, this.#headerLength);
      this.#headerLength += bytes.length;
      if (this.#headerLength === HEADER_LENGTH) pieces.push(this.#startFrame());
    }
    return pieces;
  }

  #startFrame(): Piece {
    const view = new DataView(this.#header.buffer);
    this.#remaining = view.getUint32(0) >>> 8;
    this.#frame = {
      type: view.getUint8(3),
      flags: view.getUint8(4),
      stream: view.getUint32(5) & 0x7fffffff,
    };
    this.#headerLength = 0;
    return { bytes: this.#header.slice(), frame: this.#frame, starts: true };
  }
}
