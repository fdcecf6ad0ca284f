import { clearTimeout, setTimeout } from "node:timers";

/** How long no client may have been connected for the sidecar to count as idle. */
const IDLE_MS = 500;

/**
 * Tells when the sidecar has become idle. It works for some milliseconds and then waits: for seconds after
 * Info, while virt-launcher starts libvirt, and after its hooks for as long as the VM runs.
 */
export class IdleTimer {
  readonly #onIdle: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onIdle Called each time that the timer runs out. */
  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
  }

  /** The last client has gone. */
  start(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onIdle, IDLE_MS);
    // The process need not live on for this.
    this.#timer.unref();
  }

  /** A client has come. */
  cancel(): void {
    clearTimeout(this.#timer);
  }
}
