/** RFC 9113, section 3.4. */
const PREFACE_LENGTH = 24;
/** RFC 9113, section 4.1. */
const HEADER_LENGTH = 9;
/** RFC 9113, section 6.8. */
const GOAWAY = 0x7;

/**
 * Takes the GOAWAY frames out of what an HTTP/2 client sends. A frame is dropped whole; everything else
 * goes through as it is, piece by piece, and nothing but an unfinished frame header is held back.
 */
export class GoawayFilter {
  /** What is left of the preface or of the frame that is passing. */
  #remaining = PREFACE_LENGTH;
  #dropping = false;
  #header = new Uint8Array(HEADER_LENGTH);
  #headerLength = 0;

  /** The pieces of a chunk that are to go on. They share its memory. */
  filter(chunk: Uint8Array): readonly Uint8Array[] {
    const passed: Uint8Array[] = [];
    let position = 0;
    while (position < chunk.length) {
      if (this.#remaining > 0) {
        const end = Math.min(chunk.length, position + this.#remaining);
        if (!this.#dropping) passed.push(chunk.subarray(position, end));
        this.#remaining -= end - position;
        position = end;
      } else {
        const end = Math.min(chunk.length, position + HEADER_LENGTH - this.#headerLength);
        this.#header.set(chunk.subarray(position, end), this.#headerLength);
        this.#headerLength += end - position;
        position = end;
        if (this.#headerLength === HEADER_LENGTH) this.#startFrame(passed);
      }
    }
    return passed;
  }

  #startFrame(passed: Uint8Array[]): void {
    const view = new DataView(this.#header.buffer);
    this.#remaining = view.getUint32(0) >>> 8;
    this.#dropping = view.getUint8(3) === GOAWAY;
    if (!this.#dropping) passed.push(this.#header.slice());
    this.#headerLength = 0;
  }
}
