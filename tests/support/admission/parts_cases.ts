import { type AdmissionCase, SIDECARS_ANNOTATION, TOKEN_FOLDER } from "./case.ts";
import {
  annotated,
  CLOUD_INIT,
  disk,
  emptyDisk,
  enrolled,
  enrolledAs,
  hundred,
  leftAlone,
  NAME_IS_TAKEN,
  NO_LIST,
  optedIn,
  OURS,
  OURS_WITHOUT_CLOUD_INIT,
  SHIM,
  tokenVolume,
  virtiofs,
  vmi,
  withoutSidecars,
  withSidecars,
} from "./vmi.ts";

/** What is added, beside what the owner has written. */
export const PARTS_CASES: readonly AdmissionCase[] = [
  // The annotation with the sidecars.
  {
    name: "other sidecars stay before ours",
    vmi: vmi("other-sidecars", {
      ...optedIn,
      ...withSidecars(`[${JSON.stringify(SHIM, null, 1)}]\n`),
    }),
    ...enrolledAs("report-writer", {
      sidecars: `[${JSON.stringify(SHIM, null, 1)}, ${OURS}]`,
    }),
  },
  {
    name: "an empty list of sidecars",
    vmi: vmi("empty-list", { ...optedIn, ...withSidecars(" [ \n ] \n") }),
    ...enrolledAs("report-writer"),
  },
  {
    name: "an empty annotation",
    vmi: vmi("empty-annotation", { ...optedIn, ...withSidecars("") }),
    ...enrolledAs("report-writer"),
  },
  {
    name: "an annotation with null",
    vmi: vmi("null-annotation", { ...optedIn, ...withSidecars("null") }),
    ...enrolledAs("report-writer"),
  },
  {
    name: "the owner lists the sidecar with args, by a mirror",
    vmi: vmi("mirror", {
      ...optedIn,
      ...withSidecars(
        '[ {"args": ["--os","linux"], "image" : "1234.dkr.ecr.eu-central-1.amazonaws.com/x/eks-irsa-sidecar@sha256:abc"} ]',
      ),
    }),
    expected: withoutSidecars("report-writer"),
    expectedOn18: withoutSidecars("report-writer", "serviceaccount"),
  },
  {
    name: "the owner lists the sidecar with another key and name, as Go and check read them",
    vmi: vmi("other-spelling", {
      ...optedIn,
      ...withSidecars('[{"Image": "registry.example:5000/my-irsa-sidecar:1"}]'),
    }),
    expected: withoutSidecars("report-writer"),
    expectedOn18: withoutSidecars("report-writer", "serviceaccount"),
  },
  {
    name: "another image, in a folder of the sidecar's name",
    vmi: vmi("other-image", {
      ...optedIn,
      ...withSidecars('[{"image": "registry.example/eks-irsa-sidecar/other:1"}]'),
    }),
    ...enrolledAs("report-writer", {
      sidecars: `[{"image": "registry.example/eks-irsa-sidecar/other:1"}, ${OURS}]`,
    }),
  },
  {
    name: "an annotation that is no list, and an account without a role",
    vmi: vmi("no-list-no-role", {
      ...optedIn,
      annotations: { [SIDECARS_ANNOTATION]: "not a list" },
    }),
    expected: NO_LIST,
  },
  {
    name: "an annotation that is no list, and no label",
    vmi: vmi("no-list-no-label", { annotations: { [SIDECARS_ANNOTATION]: "not a list" } }),
    ...leftAlone("not opted in"),
  },
  {
    name: "an annotation that is no list",
    vmi: vmi("no-list", { ...optedIn, ...withSidecars('{"image": "x"}') }),
    expected: NO_LIST,
  },

  // Volumes and filesystems.
  {
    name: "other volumes have the first names",
    vmi: vmi(
      "taken-names",
      { ...optedIn, ...annotated("report-writer") },
      { volumes: [CLOUD_INIT, emptyDisk("web-identity"), emptyDisk("serviceaccount")] },
      { disks: [disk("cloudinit"), disk("web-identity"), disk("serviceaccount")] },
    ),
    ...enrolledAs("report-writer", {
      volumes: [tokenVolume("eks-irsa-sidecar-token")],
      filesystems: [virtiofs("eks-irsa-sidecar-token")],
    }, "eks-irsa-sidecar-account"),
  },
  {
    name: "other volumes have all names of the token's volume",
    vmi: vmi(
      "no-name",
      optedIn,
      {
        serviceAccountName: "report-writer",
        volumes: [CLOUD_INIT, emptyDisk("web-identity"), emptyDisk("eks-irsa-sidecar-token")],
      },
      { disks: [disk("cloudinit"), disk("web-identity"), disk("eks-irsa-sidecar-token")] },
    ),
    expected: NAME_IS_TAKEN,
  },
  {
    name: "other volumes have all names, and the account has no role",
    vmi: vmi(
      "no-name-no-role",
      optedIn,
      {
        serviceAccountName: "plain",
        volumes: [CLOUD_INIT, emptyDisk("web-identity"), emptyDisk("eks-irsa-sidecar-token")],
      },
      { disks: [disk("cloudinit"), disk("web-identity"), disk("eks-irsa-sidecar-token")] },
    ),
    ...leftAlone("no role"),
  },
  {
    name: "other volumes have all names of the account's volume",
    vmi: vmi(
      "no-account-name",
      { ...optedIn, ...annotated("report-writer") },
      {
        volumes: [
          CLOUD_INIT,
          emptyDisk("serviceaccount"),
          emptyDisk("eks-irsa-sidecar-account"),
        ],
      },
      { disks: [disk("cloudinit"), disk("serviceaccount"), disk("eks-irsa-sidecar-account")] },
    ),
    expected: enrolled({ serviceAccountName: "report-writer" }),
    expectedOn18: NAME_IS_TAKEN,
  },
  {
    name: "the owner's volume of the token's folder, with its filesystem",
    vmi: vmi(
      "own-token-volume",
      optedIn,
      { serviceAccountName: "report-writer", volumes: [CLOUD_INIT, tokenVolume("tok")] },
      { disks: [disk("cloudinit")], filesystems: [virtiofs("tok")] },
    ),
    expected: enrolled({ volumes: [], filesystems: [] }),
  },
  {
    name: "the owner's volume of the token's folder, without its filesystem",
    vmi: vmi("own-token-volume-alone", optedIn, {
      serviceAccountName: "report-writer",
      volumes: [CLOUD_INIT, tokenVolume("tok", `${TOKEN_FOLDER}/`)],
    }),
    expected: enrolled({ volumes: [], filesystems: [virtiofs("tok")] }),
  },
  {
    name: "a containerPath volume of another folder",
    vmi: vmi(
      "other-folder",
      optedIn,
      {
        serviceAccountName: "report-writer",
        volumes: [CLOUD_INIT, tokenVolume("other", `${TOKEN_FOLDER}/other`)],
      },
      { disks: [disk("cloudinit")], filesystems: [virtiofs("other")] },
    ),
    expected: enrolled(),
  },
  {
    name: "a hundred disks",
    vmi: vmi(
      "hundred-disks",
      optedIn,
      {
        serviceAccountName: "report-writer",
        volumes: [CLOUD_INIT, ...hundred((index) => emptyDisk(`d${index}`))],
      },
      { disks: [disk("cloudinit"), ...hundred((index) => disk(`d${index}`))] },
    ),
    expected: enrolled(),
  },
  {
    name: "numbers stay as they are",
    vmi: vmi("numbers", optedIn, {
      serviceAccountName: "report-writer",
      terminationGracePeriodSeconds: 1234567890123,
    }),
    expected: enrolled(),
  },
  // Without a cloud-init volume.
  {
    name: "cloud-init data on a ConfigDrive",
    vmi: vmi("config-drive", optedIn, {
      serviceAccountName: "report-writer",
      volumes: [{ name: "cloudinit", cloudInitConfigDrive: { userData: "#cloud-config" } }],
    }),
    expected: enrolled(),
  },
  {
    name: "no cloud-init volume",
    vmi: vmi(
      "no-cloud-init",
      optedIn,
      {
        serviceAccountName: "report-writer",
        volumes: [{ name: "root", containerDisk: { image: "x" } }],
      },
      { disks: [disk("root")] },
    ),
    expected: enrolled({ sidecars: `[${OURS_WITHOUT_CLOUD_INIT}]` }),
  },
  {
    name: "a sysprep volume and no cloud-init volume",
    vmi: vmi(
      "sysprep",
      optedIn,
      {
        serviceAccountName: "report-writer",
        volumes: [{ name: "sysprep", sysprep: { configMap: { name: "unattend" } } }],
      },
      { disks: [{ name: "sysprep", cdrom: { bus: "sata" } }] },
    ),
    expected: enrolled({ sidecars: `[${OURS_WITHOUT_CLOUD_INIT}]` }),
  },
  {
    name: "no volumes and no annotations at all",
    vmi: {
      apiVersion: "kubevirt.io/v1",
      kind: "VirtualMachineInstance",
      metadata: { name: "diskless", namespace: "reports", ...optedIn },
      spec: {
        serviceAccountName: "report-writer",
        domain: { memory: { guest: "1Gi" }, devices: {} },
      },
    },
    expected: enrolled({ sidecars: `[${OURS_WITHOUT_CLOUD_INIT}]` }),
  },
  {
    name: "no devices",
    vmi: {
      apiVersion: "kubevirt.io/v1",
      kind: "VirtualMachineInstance",
      metadata: { name: "no-devices", namespace: "reports", ...optedIn },
      spec: { serviceAccountName: "report-writer", domain: { memory: { guest: "1Gi" } } },
    },
    expected: enrolled({ sidecars: `[${OURS_WITHOUT_CLOUD_INIT}]` }),
  },
];
