import { POD_IDENTITY_FOLDER } from "../support/pod_identity.ts";
import { beside, containerPath, type Edit, type Fixture, template, type VmiSpec } from "./edit.ts";

/** A rule, and two changes of the fixture: one that it finds, and a similar one that is right. */
export interface Case {
  readonly code: string;
  /** The change that the rule finds. */
  readonly fires: Edit;
  /** The path of the finding. */
  readonly at: string;
  /** A similar change that the rule does not find. */
  readonly silent: Edit;
}

export const TEMPLATE = "spec.template";
export const ANNOTATION = `${TEMPLATE}.metadata.annotations["hooks.kubevirt.io/hookSidecars"]`;
export const VOLUMES = `${TEMPLATE}.spec.volumes`;

export const OURS = { image: "registry.example:5000/mirror/eks-irsa-sidecar:1@sha256:00" };
export const SHIM = (hook: string) => ({
  configMap: { name: "c", key: "k", hookPath: `/usr/bin/${hook}` },
});

export const spec = (change: (spec: VmiSpec) => void): Edit => (fixture) =>
  change(template(fixture).spec);
export const kubevirt = (change: (kubevirt: Fixture["kubevirt"]) => void): Edit => (fixture) =>
  change(fixture.kubevirt);
export const gates = (...names: string[]): Edit =>
  kubevirt((kv) => kv.spec.configuration.developerConfiguration.featureGates = names);
export const version = (version: string): Edit =>
  kubevirt((kv) => kv.status.observedKubeVirtVersion = version);
export const role = (arn: string | undefined): Edit => ({ serviceAccount }) => {
  serviceAccount.metadata.annotations = arn === undefined ? {} : {
    "eks.amazonaws.com/role-arn": arn,
  };
};
/** A label or an annotation of the template. */
export const metadata =
  (kind: "labels" | "annotations", key: string, value: unknown): Edit => (fixture) => {
    const found = template(fixture).metadata;
    found[kind] = { ...found[kind], [key]: value };
  };
export const windows: Edit = (fixture) => {
  template(fixture).metadata.annotations["vm.kubevirt.io/os"] = "windows2k22";
};
/** A machine without SMBIOS, to which the domain cannot give a role. */
export const s390x = spec((s) => s.architecture = "s390x");
/** The image of the root disk. */
export const image = (image: string) =>
  spec((s) => s.volumes[0] = { name: "root", containerDisk: { image } });
export const noCloudInit = spec((s) => s.volumes.pop());
export const resources = (memory: string) =>
  kubevirt((kv) =>
    kv.spec.configuration.supportContainerResources = [
      { type: "virtiofs", resources: { limits: { memory: "1M" } } },
      { type: "sidecar", resources: { limits: { memory } } },
    ]
  );
export const dedicated = spec((s) => s.domain.cpu = { cores: 2, dedicatedCpuPlacement: true });

/** A configuration of another webhook. */
export const otherWebhook = beside({
  kind: "MutatingWebhookConfiguration",
  metadata: { name: "pod-identity-webhook" },
  webhooks: [{ name: "pod-identity-webhook.amazonaws.com" }],
});

/** The share of EKS Pod Identity's token by hand, which is what makes the VM one of that kind. */
export const podIdentity = containerPath("pod-identity", {
  path: POD_IDENTITY_FOLDER,
  readOnly: true,
});

/** An interface on the pod network, with a binding. */
export const podNetwork = (binding: Readonly<Record<string, unknown>>) =>
  spec((s) => {
    s.networks = [{ name: "default", pod: {} }];
    s.domain.devices.interfaces = [{ name: "default", ...binding }];
  });
export const masquerade = podNetwork({ masquerade: {} });

/** A trust policy for EKS Pod Identity. */
export const podIdentityTrust = (...actions: string[]) => ({
  Version: "2012-10-17",
  Statement: {
    Effect: "Allow",
    Principal: { Service: "pods.eks.amazonaws.com" },
    Action: actions,
  },
});

/** The trust policy of a role. */
export const trustPolicy = (
  {
    provider = "oidc.eks.us-east-1.amazonaws.com/id/THIS",
    operator = "StringEquals",
    subject = "system:serviceaccount:team:app",
    audience = "sts.amazonaws.com",
  },
) => {
  const issuer = "oidc.eks.us-east-1.amazonaws.com/id/THIS";
  return {
    Version: "2012-10-17",
    Statement: [{
      Effect: "Allow",
      Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${provider}` },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: { [operator]: { [`${issuer}:sub`]: subject, [`${issuer}:aud`]: audience } },
    }],
  };
};

/** The configuration of the IRSA mutation webhook, which excludes some namespaces. */
export const webhook = (...namespaces: string[]) =>
  beside({
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "irsa-mutation-webhook" },
    webhooks: [{
      name: "irsa-mutation-webhook.kubevirt.io",
      namespaceSelector: {
        matchExpressions: [{
          key: "kubernetes.io/metadata.name",
          operator: "NotIn",
          values: namespaces,
        }],
      },
    }],
  });
