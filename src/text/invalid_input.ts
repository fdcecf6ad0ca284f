/** What of the input is at fault. */
export type InputSource = "args" | "cloud-init data" | "VMI" | "domain" | "request";

/**
 * The input from virt-launcher, or from the VM's owner through it, cannot be used. The message says what is
 * wrong, where, and what to do. It never quotes user data: KubeVirt shows it in the status of the VMI.
 */
export class InvalidInput extends Error {
  constructor(message: string, readonly source: InputSource) {
    super(message);
  }
}
