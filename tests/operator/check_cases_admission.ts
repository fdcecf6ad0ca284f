import { parseAllDocuments } from "yaml";
import { repositoryPath } from "../support/paths.ts";
import { type Case, role, spec, TEMPLATE, version } from "./check_case.ts";
import { all, beside, type Edit, sidecars, template } from "./edit.ts";

const INJECT = "eks-irsa-sidecar.github.io/inject";
const ACCOUNT = "eks-irsa-sidecar.github.io/service-account";
export const LABEL = `${TEMPLATE}.metadata.labels["${INJECT}"]`;

/** A VM with nothing but the label, its account and its cloud-init volume. */
export const optedIn: Edit = (fixture) => {
  const { metadata, spec } = template(fixture);
  metadata.annotations = {};
  metadata.labels = { [INJECT]: "true" };
  spec.serviceAccountName = "app";
  spec.volumes.splice(1, 1);
  spec.domain.devices.filesystems = [];
};

/** The label of such a VM. */
export const labelled = (value: string): Edit => (fixture) => {
  optedIn(fixture);
  template(fixture).metadata.labels = { [INJECT]: value };
};

/** A VM that names its account by the annotation. */
export const byAnnotation: Edit = (fixture) => {
  optedIn(fixture);
  delete template(fixture).spec.serviceAccountName;
  template(fixture).metadata.annotations[ACCOUNT] = "app";
};

/** A VM without a label of its own. */
export const unlabelled: Edit = (fixture) => {
  optedIn(fixture);
  template(fixture).metadata.labels = {};
};

export const namespace = (value: string): Edit =>
  beside({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "team", labels: { [INJECT]: value } },
  });

/** The VMI of the fixture, as a manifest of its own. */
export const bareVmi: Edit = ({ vm }) => {
  const { metadata, spec } = vm.spec.template;
  vm.kind = "VirtualMachineInstance";
  vm.metadata = { ...metadata, name: "vm", namespace: "team" };
  Object.assign(vm.spec, spec);
};

interface PolicyObject {
  kind: string;
  metadata: { name: string };
  spec: {
    paramRef?: unknown;
    variables?: { name: string; expression: string }[];
    mutations?: { jsonPatch: { expression: string } }[];
  };
}

/** The objects of a file in deploy/, changed. */
export const deployed = (
  file: string,
  change: (objects: PolicyObject[]) => PolicyObject[] | void = () => {},
): Edit =>
(fixture) => {
  const parsed = parseAllDocuments(Deno.readTextFileSync(repositoryPath(`deploy/${file}`)));
  if (!Array.isArray(parsed)) throw new Error(`${file} is empty.`);
  const objects: PolicyObject[] = parsed.map((document) => document.toJS());
  for (const object of change(objects) ?? objects) beside(object)(fixture);
};

export const POLICY = "policy/policy.yaml";
export const KYVERNO = "kyverno/policies.yaml";

export const byVolume = (objects: PolicyObject[]) => {
  for (const variable of objects.flatMap((object) => object.spec.variables ?? [])) {
    if (variable.name === "accountBy") variable.expression = '"volume"';
  }
};

/** A role in the ConfigMap of the pod identity webhook. */
export const roleInConfigMap = beside({
  kind: "ConfigMap",
  metadata: { name: "pod-identity-webhook", namespace: "kube-system" },
  data: {
    config: JSON.stringify({
      "team/app": { RoleARN: "arn:aws:iam::111122223333:role/app", Audience: "sts.amazonaws.com" },
    }),
  },
});

/** What the admission policy needs. */
export const ADMISSION_CASES: readonly Case[] = [
  { code: "inject-value", fires: labelled("yes"), at: LABEL, silent: labelled("true") },
  { code: "inject-opted-out", fires: labelled("false"), at: LABEL, silent: labelled("true") },
  {
    code: "inject-without-owner",
    fires: all(unlabelled, bareVmi, namespace("true")),
    at: `metadata.labels["${INJECT}"]`,
    silent: all(optedIn, bareVmi, namespace("true")),
  },
  {
    code: "inject-misplaced",
    fires: (fixture) => {
      unlabelled(fixture);
      fixture.vm.metadata.labels = { [INJECT]: "true" };
    },
    at: `metadata.labels["${INJECT}"]`,
    silent: (fixture) => {
      optedIn(fixture);
      fixture.vm.metadata.labels = { [INJECT]: "true" };
    },
  },
  {
    code: "inject-name-taken",
    fires: all(
      optedIn,
      spec((s) => {
        for (const name of ["web-identity", "eks-irsa-sidecar-token"]) {
          s.volumes.push({ name, emptyDisk: { capacity: "1Gi" } });
        }
      }),
    ),
    at: LABEL,
    silent: all(
      optedIn,
      spec((s) => s.volumes.push({ name: "web-identity", emptyDisk: { capacity: "1Gi" } })),
    ),
  },
  {
    code: "inject-role-unseen",
    fires: all(optedIn, role(undefined), roleInConfigMap),
    at: "data.config",
    silent: all(optedIn, roleInConfigMap),
  },
  {
    code: "admission-policy-missing",
    fires: all(optedIn, deployed("messages/policies.yaml")),
    at: LABEL,
    silent: all(optedIn, deployed("messages/policies.yaml"), deployed(POLICY)),
  },
  {
    code: "admission-binding-missing",
    fires: all(
      optedIn,
      deployed(
        POLICY,
        (objects) => objects.filter(({ metadata }) => !/by-label$/.test(metadata.name)),
      ),
    ),
    at: "metadata.name",
    silent: all(optedIn, deployed(KYVERNO)),
  },
  {
    code: "admission-policy-changed",
    fires: all(
      optedIn,
      deployed(POLICY, ([policy]) => {
        const [mutation] = policy?.spec.mutations ?? [];
        if (mutation !== undefined) mutation.jsonPatch.expression += " + []";
      }),
    ),
    at: "spec",
    silent: all(optedIn, deployed(POLICY, byVolume)),
  },
  {
    code: "admission-overlay",
    fires: all(byAnnotation, deployed(POLICY), version("v1.8.2")),
    at: "spec.variables[0]",
    silent: all(byAnnotation, deployed(POLICY, byVolume), version("v1.8.2")),
  },
];

/** A VM that lists the sidecar itself. */
export const listed = (value: string): Edit =>
  all(labelled(value), sidecars({ image: "irsa-sidecar" }));
