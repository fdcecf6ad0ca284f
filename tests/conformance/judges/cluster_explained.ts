/** A manifest of which `check` and KubeVirt say different things, and why both are right. */
export interface Explained {
  readonly file: string;
  /** The errors that check finds. */
  readonly errors: readonly string[];
  /** Words with which KubeVirt refuses it; without them, it creates the pod. */
  readonly refused?: string;
  readonly why: string;
}

const WITHOUT_A_ROLE = "KubeVirt creates the pod. The VM runs, and its guest gets no role.";

/** Each holds, or the judge fails. */
export const EXPLAINED: readonly Explained[] = [
  {
    file: "tests/operator/manifests/annotation-on-vm.yaml",
    errors: ["sidecar-misplaced"],
    why: WITHOUT_A_ROLE,
  },
  {
    file: "tests/operator/manifests/cirros-script.yaml",
    errors: ["sidecar-missing", "service-account-missing", "virtiofs-filesystem-missing"],
    why: WITHOUT_A_ROLE,
  },
  {
    file: "tests/operator/manifests/list.yaml",
    errors: [],
    refused: 'missing required field "selector"',
    why: "check looks at what a VM needs for its role, and not at the rest of its manifest.",
  },
  {
    file: "tests/operator/manifests/pool.yaml",
    errors: [
      "sidecar-missing",
      "service-account-missing",
      "virtiofs-filesystem-missing",
      "cloud-init-missing",
    ],
    why: WITHOUT_A_ROLE,
  },
  {
    file: "tests/operator/manifests/windows-preference.yaml",
    errors: [],
    refused: "no default storage class found",
    why: "The preference asks for a TPM that is kept, for which this cluster has no storage.",
  },
  {
    file: "tests/operator/manifests/windows-sysprep.yaml",
    errors: ["cloud-init-missing"],
    why:
      "KubeVirt creates the pod, in which virt-launcher crashes: the API server cannot see that.",
  },
];
