import { clearTimeout, setTimeout } from "node:timers";

/** How long no client may have been there for it to be quiet, in milliseconds. */
const QUIET = 500;

/**
 * Knows when nobody is asking for anything. A sidecar works for some milliseconds and then waits: for some
 * seconds after Info, while virt-launcher starts libvirt, and for as long as the VM runs after its hooks.
 */
export class Quiet {
  readonly #begin: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param begin Called each time that it has become quiet. */
  constructor(begin: () => void) {
    this.#begin = begin;
  }

  /** A client has come. */
  end(): void {
    clearTimeout(this.#timer);
  }

  /** The last client has gone. */
  await(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#begin, QUIET);
    // The process need not live on for this.
    this.#timer.unref();
  }
}
