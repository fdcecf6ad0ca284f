import {
  ANNOTATION,
  type Case,
  gates,
  metadata,
  otherWebhook,
  OURS,
  role,
  s390x,
  SHIM,
  spec,
  TEMPLATE,
  trustPolicy,
  version,
  VOLUMES,
} from "./check_case.ts";
import { all, args, beside, containerPath, sidecars, template } from "./edit.ts";

/** The annotation, the feature gates and the service account. */
export const CLUSTER_CASES: readonly Case[] = [
  {
    code: "sidecar-missing",
    fires: (fixture) => {
      template(fixture).metadata = { annotations: {} };
    },
    at: TEMPLATE + ".metadata",
    silent: sidecars(OURS),
  },
  {
    code: "sidecar-misplaced",
    fires: (fixture) => {
      fixture.vm.metadata.annotations = template(fixture).metadata.annotations;
      template(fixture).metadata = { annotations: {} };
    },
    at: 'metadata.annotations["hooks.kubevirt.io/hookSidecars"]',
    silent: (fixture) => {
      fixture.vm.metadata.annotations = template(fixture).metadata.annotations;
    },
  },
  {
    code: "sidecar-malformed",
    fires: (fixture) => {
      template(fixture).metadata.annotations["hooks.kubevirt.io/hookSidecars"] = "[{image: x}]";
    },
    at: ANNOTATION,
    silent: sidecars(OURS, SHIM("onDefineDomain")),
  },
  {
    code: "sidecar-image",
    fires: sidecars({ image: "registry.example/irsa-sidecar/other:1" }),
    at: ANNOTATION,
    silent: sidecars({ image: "registry.example/other/my-irsa-sidecar:1" }),
  },
  {
    code: "sidecar-upstream-image",
    fires: sidecars({ image: "quay.io/kubevirt/eks-irsa-sidecar:v1" }),
    at: ANNOTATION,
    silent: sidecars({ image: "quay.io/not-kubevirt/eks-irsa-sidecar" }),
  },
  {
    code: "sidecar-command",
    fires: sidecars({ ...OURS, command: ["/bin/sh"] }),
    at: ANNOTATION,
    silent: sidecars({ ...OURS, command: [] }),
  },
  { code: "sidecar-args", fires: args("--os", "macos"), at: ANNOTATION, silent: args("serve") },
  {
    code: "other-sidecar",
    fires: sidecars(SHIM("preCloudInitIso"), OURS),
    at: ANNOTATION,
    silent: sidecars(SHIM("onDefineDomain"), OURS),
  },
  {
    code: "hooks-without-cloud-init",
    fires: all(s390x, args("--hooks", "onDefineDomain")),
    at: ANNOTATION,
    silent: args("--hooks", "onDefineDomain,preCloudInitIso"),
  },
  {
    code: "hooks-without-domain",
    fires: args("--hooks", "preCloudInitIso"),
    at: ANNOTATION,
    silent: all(args("--hooks", "preCloudInitIso"), containerPath()),
  },
  {
    code: "hook-version",
    fires: args("--version", "v1alpha2"),
    at: ANNOTATION,
    silent: args("--version=v1alpha3"),
  },
  {
    code: "gate-sidecar",
    fires: gates(),
    at: "spec.configuration.developerConfiguration.featureGates",
    silent: (fixture) => {
      fixture.kubevirt.kind = "";
    },
  },
  {
    code: "gate-container-path",
    fires: all(containerPath(), gates("Sidecar")),
    at: "spec.configuration.developerConfiguration.featureGates",
    silent: gates("Sidecar"),
  },
  {
    code: "kubevirt-too-old",
    fires: all(containerPath(), version("v1.7.2")),
    at: "status.observedKubeVirtVersion",
    silent: all(containerPath(), version("v1.10.0-alpha.0")),
  },
  {
    code: "gate-plugins",
    fires: gates("Sidecar", "Plugins"),
    at: "spec.configuration.developerConfiguration.featureGates",
    silent: all(containerPath(), gates("Sidecar", "ContainerPathVolumes", "Plugins")),
  },
  {
    code: "identity-webhook-missing",
    fires: beside({
      kind: "MutatingWebhookConfiguration",
      metadata: { name: "virt-api-mutator" },
      webhooks: [{ name: "virtualmachines-mutator.kubevirt.io" }],
    }),
    at: "metadata.name",
    silent: otherWebhook,
  },
  {
    code: "trust-policy-issuer",
    fires: beside(trustPolicy({ provider: "oidc.eks.us-east-1.amazonaws.com/id/OTHER" })),
    at: 'Statement[0].Condition.StringEquals["oidc.eks.us-east-1.amazonaws.com/id/THIS:sub"]',
    silent: beside(trustPolicy({})),
  },
  {
    code: "trust-policy-subject",
    fires: beside(trustPolicy({ subject: "system:serviceaccount:team:other" })),
    at: 'Statement[0].Condition.StringEquals["oidc.eks.us-east-1.amazonaws.com/id/THIS:sub"]',
    silent: beside(
      trustPolicy({ operator: "StringLike", subject: "system:serviceaccount:team:*" }),
    ),
  },
  {
    code: "token-audience",
    fires: beside(trustPolicy({ audience: "openshift" })),
    at: 'Statement[0].Condition.StringEquals["oidc.eks.us-east-1.amazonaws.com/id/THIS:aud"]',
    silent: all(
      beside(trustPolicy({ audience: "openshift" })),
      ({ serviceAccount }) =>
        serviceAccount.metadata.annotations["eks.amazonaws.com/audience"] = "openshift",
    ),
  },
  {
    code: "service-account-missing",
    fires: spec((s) => s.volumes.splice(1, 1)),
    at: VOLUMES,
    silent: spec((s) => {
      s.volumes.splice(1, 1);
      s.serviceAccountName = "app";
    }),
  },
  {
    code: "service-account-field",
    fires: all(
      version("v1.8.3"),
      spec((s) => {
        s.volumes.splice(1, 1);
        s.serviceAccountName = "app";
      }),
    ),
    at: `${TEMPLATE}.spec.serviceAccountName`,
    silent: all(version("v1.8.3"), spec((s) => s.serviceAccountName = "app")),
  },
  {
    code: "service-account-unknown",
    fires: ({ serviceAccount }) => serviceAccount.metadata.namespace = "elsewhere",
    at: `${VOLUMES}[1].serviceAccount.serviceAccountName`,
    silent: ({ serviceAccount }) => {
      serviceAccount.metadata.namespace = undefined;
    },
  },
  {
    code: "role-arn-missing",
    fires: role(undefined),
    at: "metadata.annotations",
    silent: role("arn:aws-us-gov:iam::111122223333:role/path/of/several/app.1"),
  },
  {
    code: "role-arn-malformed",
    fires: role("arn:aws:sts::111122223333:assumed-role/app/session"),
    at: 'metadata.annotations["eks.amazonaws.com/role-arn"]',
    silent: role("arn:aws-cn:iam::111122223333:role/a=b,c@d"),
  },
  {
    code: "role-name-only",
    fires: role("report-writer"),
    at: 'metadata.annotations["eks.amazonaws.com/role-arn"]',
    silent: role("/report writer"),
  },
  {
    code: "webhook-skips-container",
    fires: metadata("annotations", "eks.amazonaws.com/skip-containers", "proxy,hook-sidecar-0"),
    at: `${TEMPLATE}.metadata.annotations["eks.amazonaws.com/skip-containers"]`,
    silent: metadata("annotations", "eks.amazonaws.com/skip-containers", "compute,hook-sidecar-1"),
  },
  {
    code: "webhook-skips-pod",
    fires: metadata("labels", "eks.amazonaws.com/skip-pod-identity-webhook", ""),
    at: `${TEMPLATE}.metadata.labels["eks.amazonaws.com/skip-pod-identity-webhook"]`,
    // KubeVirt does not copy the labels of the VM itself.
    silent: ({ vm }) => vm.metadata.labels = { "eks.amazonaws.com/skip-pod-identity-webhook": "" },
  },
  {
    code: "webhook-volume-taken",
    fires: spec((s) => s.volumes[0] = { name: "aws-iam-token", dataVolume: { name: "root" } }),
    at: `${VOLUMES}[0].name`,
    silent: spec((s) => s.volumes[0] = { name: "root", dataVolume: { name: "aws-iam-token" } }),
  },
];
