/** What of the input is at fault. */
export type InputSource = "args" | "cloud-init data" | "VMI" | "domain" | "request";

/**
 * What virt-launcher, or the VM's owner through it, handed in cannot be used. The message says what is wrong,
 * where, and what to do; KubeVirt shows it on the VMI, so that it never quotes user data.
 */
export class InvalidInput extends Error {
  override readonly name = "InvalidInput";

  constructor(message: string, readonly source: InputSource) {
    super(message);
  }
}
