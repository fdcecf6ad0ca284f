import {
  type Case,
  image,
  masquerade,
  podIdentity,
  podIdentityTrust,
  podNetwork,
  TEMPLATE,
  trustPolicy,
  VOLUMES,
  webhook,
} from "./check_case.ts";
import { all, beside, containerPath } from "./edit.ts";

const RIGHT_TRUST = beside(podIdentityTrust("sts:AssumeRole", "sts:TagSession"));

/** VMs with EKS Pod Identity. */
export const POD_IDENTITY_CASES: readonly Case[] = [
  {
    code: "container-path-other-kind",
    fires: all(podIdentity, masquerade, containerPath("irsa")),
    at: `${VOLUMES}[4].containerPath.path`,
    silent: all(podIdentity, masquerade),
  },
  {
    code: "pod-identity-network",
    fires: all(podIdentity, podNetwork({ bridge: {} })),
    at: `${TEMPLATE}.spec.domain.devices.interfaces`,
    silent: all(podIdentity, masquerade),
  },
  {
    code: "pod-identity-trust",
    fires: all(podIdentity, masquerade, beside(trustPolicy({}))),
    at: "",
    silent: all(podIdentity, masquerade, RIGHT_TRUST, beside(trustPolicy({}))),
  },
  {
    code: "pod-identity-irsa-webhook",
    fires: all(podIdentity, masquerade, webhook()),
    at: 'metadata.annotations["eks.amazonaws.com/role-arn"]',
    silent: all(podIdentity, masquerade, webhook("team")),
  },
  {
    code: "pod-identity-packages",
    fires: all(podIdentity, masquerade, image("quay.io/containerdisks/debian:12")),
    at: `${VOLUMES}[0].containerDisk.image`,
    silent: all(podIdentity, masquerade, image("quay.io/containerdisks/debian:13")),
  },
];
