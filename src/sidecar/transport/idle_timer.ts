import { clearTimeout, setTimeout } from "node:timers";

/** How long no client must have been connected for the sidecar to count as idle. */
const IDLE_MS = 500;

/**
 * Tells when the sidecar has become idle. The sidecar works for some milliseconds and then waits: for seconds
 * after Info, while virt-launcher starts libvirt, and after the hooks for as long as the VM runs.
 */
export class IdleTimer {
  readonly #onIdle: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param onIdle Called each time that the timer runs out. */
  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
  }

  /** Starts the timer from the beginning: the last client has disconnected. */
  start(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#onIdle, IDLE_MS);
    // The timer alone must not keep the process running.
    this.#timer.unref();
  }

  /** Stops the timer: a client has connected. */
  cancel(): void {
    clearTimeout(this.#timer);
  }
}
