import type { JsonObject } from "../../../src/text/json.ts";
import { POD_IDENTITY_FOLDER } from "../pod_identity.ts";
import {
  ACCOUNT_ANNOTATION,
  type Added,
  type ExpectedAdmission,
  INJECT_LABEL,
  SIDECARS_ANNOTATION,
  TOKEN_FOLDER,
} from "./case.ts";

export const IMAGE = "ghcr.io/eks-irsa-sidecar/eks-irsa-sidecar:0.1.0";
export const OURS = `{"image": "${IMAGE}"}`;
export const OURS_WITHOUT_CLOUD_INIT =
  `{"image": "${IMAGE}", "args": ["--hooks", "onDefineDomain"]}`;

export const CLOUD_INIT = { name: "cloudinit", cloudInitNoCloud: { userData: "#cloud-config\n" } };
export const OWNED = {
  ownerReferences: [{
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachine",
    name: "vm",
    uid: "00000000-0000-4000-8000-000000000001",
  }],
};
export const SHIM = {
  args: ["--version", "v1alpha2"],
  image: "quay.io/kubevirt/sidecar-shim:v1.9.0",
  configMap: { name: "m", key: "s.sh", hookPath: "/usr/bin/onDefineDomain" },
};

/** A VMI is refused, because the second name of a volume that the policy adds is taken, too. */
export const NAME_IS_TAKEN: ExpectedAdmission = {
  kind: "refused",
  reason: "a name is taken",
  message: "already has the name eks-irsa-sidecar-token or eks-irsa-sidecar-account",
};
/** A VMI is refused, because its annotation with the sidecars is no list. */
export const NO_LIST: ExpectedAdmission = {
  kind: "refused",
  reason: "sidecars are no list",
  message: "hooks.kubevirt.io/hookSidecars is not a list in JSON",
};

export const optedIn = { labels: { [INJECT_LABEL]: "true" } };
export const podIdentity = { labels: { [INJECT_LABEL]: "pod-identity" } };
export const annotated = (name: string) => ({ annotations: { [ACCOUNT_ANNOTATION]: name } });
export const withSidecars = (text: string) => ({
  annotations: { [ACCOUNT_ANNOTATION]: "report-writer", [SIDECARS_ANNOTATION]: text },
});
export const tokenVolume = (name = "web-identity", path = TOKEN_FOLDER) => ({
  name,
  containerPath: { path, readOnly: true },
});
export const accountVolume = (name: string, serviceAccountName: string) => ({
  name,
  serviceAccount: { serviceAccountName },
});
export const virtiofs = (name = "web-identity") => ({ name, virtiofs: {} });
export const POD_IDENTITY_SHARE = {
  volumes: [tokenVolume("pod-identity", POD_IDENTITY_FOLDER)],
  filesystems: [virtiofs("pod-identity")],
};
export const emptyDisk = (name: string) => ({ name, emptyDisk: { capacity: "1Gi" } });
export const disk = (name: string) => ({ name, disk: { bus: "virtio" } });

/** A VMI of the namespace `reports` with a cloud-init volume. */
export function vmi(
  name: string,
  metadata: JsonObject,
  spec: JsonObject = {},
  devices: JsonObject | undefined = { disks: [disk("cloudinit")] },
): JsonObject {
  return {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachineInstance",
    metadata: { name, namespace: "reports", ...metadata },
    spec: {
      domain: { memory: { guest: "1Gi" }, ...(devices === undefined ? {} : { devices }) },
      volumes: [CLOUD_INIT],
      ...spec,
    },
  };
}

/** The usual additions: the sidecar, and the token's folder. */
export function enrolled(more: Partial<Added> = {}): ExpectedAdmission {
  return {
    kind: "enrolled",
    added: {
      sidecars: `[${OURS}]`,
      volumes: [tokenVolume()],
      filesystems: [virtiofs()],
      ...more,
    },
  };
}

/** The additions for EKS Pod Identity. */
export function enrolledInPodIdentity(more: Partial<Added> = {}): ExpectedAdmission {
  return enrolled({ ...POD_IDENTITY_SHARE, ...more });
}

/** The usual additions, and the account of the annotation: a field on KubeVirt 1.9, and a volume on 1.8. */
export function enrolledAs(account: string, more: Partial<Added> = {}, volume = "serviceaccount") {
  const { volumes = [tokenVolume()], filesystems = [virtiofs()] } = more;
  return {
    expected: enrolled({ ...more, serviceAccountName: account }),
    expectedOn18: enrolled({
      ...more,
      volumes: [accountVolume(volume, account), ...volumes],
      filesystems: [virtiofs(volume), ...filesystems],
    }),
  };
}

export function leftAlone(reason: string): { readonly expected: ExpectedAdmission } {
  return { expected: { kind: "left alone", reason } };
}

/** The additions to a VM whose owner lists the sidecar. */
export function withoutSidecars(account: string, volume?: string): ExpectedAdmission {
  return {
    kind: "enrolled",
    added: volume === undefined
      ? {
        serviceAccountName: account,
        volumes: [tokenVolume()],
        filesystems: [virtiofs()],
      }
      : {
        volumes: [accountVolume(volume, account), tokenVolume()],
        filesystems: [virtiofs(volume), virtiofs()],
      },
  };
}

export function hundred<Value>(of: (index: number) => Value): readonly Value[] {
  return Array.from({ length: 100 }, (_, index) => of(index));
}
