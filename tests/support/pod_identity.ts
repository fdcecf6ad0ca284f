import { LINUX } from "./kubevirt.ts";
import type { CloudInitData } from "./virt_launcher.ts";

/** The folder into which EKS's webhook mounts the token of EKS Pod Identity. */
export const POD_IDENTITY_FOLDER = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount";

/** What EKS's webhook sets for a service account with a Pod Identity association. */
export const POD_IDENTITY_ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: `${POD_IDENTITY_FOLDER}/eks-pod-identity-token`,
  AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials",
  AWS_DEFAULT_REGION: "eu-central-1",
  AWS_REGION: "eu-central-1",
  AWS_STS_REGIONAL_ENDPOINTS: "regional",
};

/** A VM as virt-launcher knows it. */
export interface KnownVm {
  readonly vmi: Record<string, unknown>;
  readonly domainXml: string;
  readonly cloudInitData: CloudInitData;
}

/** The same VM with the token of EKS Pod Identity as a containerPath volume, behind a masquerade interface. */
export function sharingPodIdentity(vm: KnownVm = LINUX): KnownVm {
  return {
    ...vm,
    vmi: {
      ...vm.vmi,
      spec: {
        domain: {
          devices: {
            interfaces: [{ name: "default", masquerade: {} }],
            filesystems: [{ name: "pod-identity", virtiofs: {} }],
          },
        },
        networks: [{ name: "default", pod: {} }],
        volumes: [{
          name: "pod-identity",
          containerPath: { path: POD_IDENTITY_FOLDER, readOnly: true },
        }],
      },
    },
  };
}
