import { POD_IDENTITY_FOLDER } from "../pod_identity.ts";
import { type AdmissionCase, INJECT_LABEL, SIDECARS_ANNOTATION } from "./case.ts";
import {
  annotated,
  CLOUD_INIT,
  disk,
  emptyDisk,
  enrolled,
  enrolledAs,
  enrolledInPodIdentity,
  leftAlone,
  NAME_IS_TAKEN,
  NO_LIST,
  optedIn,
  OURS_WITHOUT_CLOUD_INIT,
  OWNED,
  POD_IDENTITY_SHARE,
  podIdentity,
  tokenVolume,
  virtiofs,
  vmi,
} from "./vmi.ts";

/** VMs that are opted in for EKS Pod Identity. */
export const POD_IDENTITY_CASES: readonly AdmissionCase[] = [
  {
    name: "the label pod-identity, and an account without a role",
    vmi: vmi("pod-identity", podIdentity, { serviceAccountName: "plain" }),
    expected: enrolledInPodIdentity(),
  },
  {
    name: "the label pod-identity, and an account with a role by IRSA",
    vmi: vmi("pod-identity-annotated", podIdentity, { serviceAccountName: "report-writer" }),
    expected: enrolledInPodIdentity(),
  },
  {
    name: "the label pod-identity, and the annotation with the account",
    vmi: vmi("pod-identity-account", { ...podIdentity, ...annotated("plain") }),
    ...enrolledAs("plain", POD_IDENTITY_SHARE),
  },
  {
    name: "the label pod-identity, and the default account",
    vmi: vmi("pod-identity-default", podIdentity),
    expected: enrolledInPodIdentity(),
  },
  {
    name: "the label pod-identity, and an account that does not exist",
    vmi: vmi("pod-identity-nobody", podIdentity, { serviceAccountName: "nobody" }),
    ...leftAlone("no account"),
  },
  {
    name: "the label pod-identity, in a namespace with the label true",
    vmi: vmi("pod-identity-first", {
      namespace: "shop",
      ...OWNED,
      ...podIdentity,
      ...annotated("plain"),
    }),
    ...enrolledAs("plain", POD_IDENTITY_SHARE),
  },
  {
    name: "the namespace's label pod-identity",
    vmi: vmi("namespace-pod-identity", { namespace: "associated", ...OWNED }, {
      serviceAccountName: "orders",
    }),
    expected: enrolledInPodIdentity(),
  },
  {
    name: "the namespace's label pod-identity, and an account with a role by IRSA",
    vmi: vmi("namespace-pod-identity-annotated", {
      namespace: "associated",
      ...OWNED,
      ...annotated("migrated"),
    }),
    ...enrolledAs("migrated", POD_IDENTITY_SHARE),
  },
  {
    name: "the label true, in a namespace with the label pod-identity",
    vmi: vmi("true-first", { namespace: "associated", ...OWNED, ...optedIn }, {
      serviceAccountName: "migrated",
    }),
    expected: enrolled(),
  },
  {
    name:
      "the label true and an account without a role, in a namespace with the label pod-identity",
    vmi: vmi("true-without-role", { namespace: "associated", ...OWNED, ...optedIn }, {
      serviceAccountName: "orders",
    }),
    ...leftAlone("no role"),
  },
  {
    name: "the label false, in a namespace with the label pod-identity",
    vmi: vmi("opted-out-of-pod-identity", {
      namespace: "associated",
      ...OWNED,
      labels: { [INJECT_LABEL]: "false" },
    }),
    ...leftAlone("opted out"),
  },
  {
    name: "an account without a role, in a namespace with the label true",
    vmi: vmi("namespace-plain", { namespace: "shop", ...OWNED, ...annotated("plain") }),
    ...leftAlone("no role"),
  },
  {
    name: "a VMI without an owner, in a namespace with the label pod-identity",
    vmi: vmi("pod-identity-no-owner", { namespace: "associated" }),
    ...leftAlone("no owner"),
  },
  {
    name: "the owner's volume of Pod Identity's folder",
    vmi: vmi(
      "own-pod-identity-volume",
      podIdentity,
      {
        serviceAccountName: "plain",
        volumes: [CLOUD_INIT, tokenVolume("tok", `${POD_IDENTITY_FOLDER}/`)],
      },
      { disks: [disk("cloudinit")], filesystems: [virtiofs("tok")] },
    ),
    expected: enrolledInPodIdentity({ volumes: [], filesystems: [] }),
  },
  {
    name: "the label pod-identity, and the owner's volume of IRSA's folder",
    vmi: vmi(
      "both-folders",
      podIdentity,
      { serviceAccountName: "plain", volumes: [CLOUD_INIT, tokenVolume()] },
      { disks: [disk("cloudinit")], filesystems: [virtiofs()] },
    ),
    expected: enrolledInPodIdentity(),
  },
  {
    name: "the label pod-identity, and another volume has the first name",
    vmi: vmi(
      "pod-identity-taken",
      podIdentity,
      { serviceAccountName: "plain", volumes: [CLOUD_INIT, emptyDisk("pod-identity")] },
      { disks: [disk("cloudinit"), disk("pod-identity")] },
    ),
    expected: enrolledInPodIdentity({
      volumes: [tokenVolume("eks-irsa-sidecar-token", POD_IDENTITY_FOLDER)],
      filesystems: [virtiofs("eks-irsa-sidecar-token")],
    }),
  },
  {
    name: "the label pod-identity, and other volumes have all names",
    vmi: vmi(
      "pod-identity-no-name",
      podIdentity,
      {
        serviceAccountName: "plain",
        volumes: [CLOUD_INIT, emptyDisk("pod-identity"), emptyDisk("eks-irsa-sidecar-token")],
      },
      { disks: [disk("cloudinit"), disk("pod-identity"), disk("eks-irsa-sidecar-token")] },
    ),
    expected: NAME_IS_TAKEN,
  },
  {
    name: "the label pod-identity, and an annotation that is no list",
    vmi: vmi("pod-identity-no-list", {
      ...podIdentity,
      annotations: { [SIDECARS_ANNOTATION]: "not a list" },
    }),
    expected: NO_LIST,
  },
  {
    name: "the label pod-identity, and no cloud-init volume",
    vmi: vmi(
      "pod-identity-no-cloud-init",
      podIdentity,
      {
        serviceAccountName: "plain",
        volumes: [{ name: "root", containerDisk: { image: "x" } }],
      },
      { disks: [disk("root")] },
    ),
    expected: enrolledInPodIdentity({ sidecars: `[${OURS_WITHOUT_CLOUD_INIT}]` }),
  },
];
