/** Changes of the fixture that only some tests need. */
import { masquerade, role, spec, windows } from "./check_case.ts";
import { deployed, labelled, POLICY } from "./check_cases_admission.ts";
import { all, beside, type Edit, template } from "./edit.ts";

export const INJECT = "eks-irsa-sidecar.github.io/inject";

export const ACCOUNT = "eks-irsa-sidecar.github.io/service-account";

export const TOKEN_FOLDER = "/var/run/secrets/eks.amazonaws.com/serviceaccount";

export const KUBERNETES_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

export const without: Edit = (fixture) => {
  template(fixture).metadata = { annotations: {} };
};

export const misspelt = (key: string): Edit => (fixture) => {
  template(fixture).metadata = { annotations: { [key]: "[]" } };
};

export const associated = all(labelled("pod-identity"), masquerade, role(undefined));

export const defaultAccount = spec((s) =>
  s.volumes[1] = { name: "sa", configMap: { name: "any" } }
);

export const noAccounts: Edit = ({ serviceAccount }) => serviceAccount.kind = "";

export const bindings = (change: "none" | "no parameters") =>
  deployed(POLICY, (objects) => {
    if (change === "none") return objects.slice(0, 1);
    for (const object of objects) delete object.spec.paramRef;
  });

export const changedPolicy = deployed(POLICY, ([policy]) => {
  const [mutation] = policy?.spec.mutations ?? [];
  if (mutation !== undefined) mutation.jsonPatch.expression += " + []";
});

export const rolesIn = (config: Readonly<Record<string, unknown>>) =>
  beside({
    kind: "ConfigMap",
    metadata: { name: "pod-identity-webhook", namespace: "kube-system" },
    data: { config: JSON.stringify(config) },
  });

export const identityWebhook = (selectors: unknown) =>
  beside({
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "pod-identity-webhook" },
    webhooks: [{ name: "pod-identity-webhook.amazonaws.com", ...Object(selectors) }],
  });

export const virtApi = beside({
  kind: "MutatingWebhookConfiguration",
  metadata: { name: "virt-api-mutator" },
  webhooks: [{ name: "virtualmachines-mutator.kubevirt.io" }],
});

export const unrelatedWebhook = beside({
  kind: "MutatingWebhookConfiguration",
  metadata: { name: "istio" },
  webhooks: [{ name: "istio.example.com" }],
});

export const plugin = (name: string) =>
  beside({ apiVersion: "plugin.kubevirt.io/v1alpha1", kind: "Plugin", metadata: { name } });

export const sysprepOnly = all(
  windows,
  spec((s) => {
    s.volumes[2] = { name: "sysprep", sysprep: { secret: { name: "unattend" } } };
    s.domain.devices.disks[1] = { name: "sysprep", cdrom: { bus: "sata" } };
  }),
);

/** The configuration of the IRSA mutation webhook under another name. */
export const irsaWebhook = (
  name: string,
  webhooks: readonly unknown[],
  kind = "MutatingWebhookConfiguration",
) => beside({ kind, metadata: { name }, webhooks });

export const withoutFilesystem = (path: string) =>
  spec((s) => s.volumes.push({ name: "token", containerPath: { path } }));
