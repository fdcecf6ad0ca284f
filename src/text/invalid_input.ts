/**
 * The input from virt-launcher, or from the VM's owner through it, cannot be used. The message says what is
 * wrong, where, and what to do. It never quotes user data: KubeVirt shows it in the status of the VMI.
 */
export class InvalidInput extends Error {
  override readonly name = "InvalidInput";
}
