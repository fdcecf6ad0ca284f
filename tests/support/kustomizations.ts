/** The kustomizations of deploy/, the KubeVirt that each is for, and the objects that it has. */
export const KUSTOMIZATIONS = [
  { folder: "deploy", kubevirt: "v1.9.0", objects: 10 },
  { folder: "deploy/kubevirt-1.8", kubevirt: "v1.8.2", objects: 10 },
  { folder: "deploy/kyverno", kubevirt: "v1.9.0", objects: 9 },
  { folder: "deploy/kyverno-kubevirt-1.8", kubevirt: "v1.8.2", objects: 9 },
] as const;
