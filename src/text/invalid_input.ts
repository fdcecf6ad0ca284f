/**
 * What virt-launcher, or the VM's owner through it, handed in cannot be used. The message says what
 * is wrong, where, and what to do; KubeVirt shows it on the VMI, so it never quotes user data.
 */
export class InvalidInput extends Error {
  override readonly name = "InvalidInput";
}
