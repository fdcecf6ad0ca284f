/** A virtual machine instance with one cloud-init volume, or none, as virt-launcher knows it. */
export function vmiWith(
  cloudInitVolume: Record<string, unknown> | undefined,
): Record<string, unknown> {
  const volumes: Record<string, unknown>[] = [
    { name: "root", containerDisk: { image: "containerdisks/fedora:latest" } },
  ];
  if (cloudInitVolume !== undefined) volumes.push({ name: "cloudinit", ...cloudInitVolume });
  return {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachineInstance",
    metadata: {
      name: "orders",
      namespace: "shop",
      uid: "0d2a6a0e-6f0b-5f58-9d43-0f6d2f6f7b11",
      annotations: { "kubevirt.io/cluster-preference-name": "fedora" },
    },
    spec: {
      domain: {
        devices: { filesystems: [{ name: "serviceaccount", virtiofs: {} }] },
        firmware: { uuid: "6b1a2f1e-6f7e-5b0c-9a57-3f4c2a8c9d10" },
      },
      volumes,
    },
  };
}
