import shippedKyvernoPolicies from "../../../deploy/kyverno/policies.yaml" with { type: "text" };
import shippedPolicy from "../../../deploy/policy/policy.yaml" with { type: "text" };
import type { PolicySettings } from "../../admission/admit.ts";
import {
  type JsonObject,
  member,
  objectMember,
  objectsMember,
  stringMember,
  stringMembers,
} from "../../text/json.ts";
import { TOKEN_FOLDERS } from "../../identity/identity.ts";
import { IMAGE } from "../manifest/image.ts";
import { maySelect } from "../manifest/labels.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { parseManifests } from "../manifest/parse.ts";

/** The admission policy of the cluster, as far as the manifests have it. */
export type InstalledPolicy =
  /** No admission policies were given: that of deploy/ is assumed. */
  | { readonly kind: "assumed"; readonly settings: PolicySettings }
  /** Admission policies were given, and ours is not among them. */
  | {
    readonly kind: "missing";
    readonly given: readonly Manifest[];
    readonly settings: PolicySettings;
  }
  | {
    readonly kind: "given";
    readonly manifest: Manifest;
    readonly settings: PolicySettings;
    /** Whether it has other expressions than the policy of deploy/, apart from the settings. */
    readonly isChanged: boolean;
    /** Whether it applies to the VMI, by its bindings. */
    readonly binding: "bound" | "not bound" | "without parameters";
  };

const POLICY = "MutatingAdmissionPolicy";
const BINDING = "MutatingAdmissionPolicyBinding";
const KYVERNO_POLICY = "MutatingPolicy";
const POLICY_KINDS = [
  POLICY,
  BINDING,
  KYVERNO_POLICY,
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
];

/** The variables of the policy that an installation may set. */
const ACCOUNT_BY = "accountBy";
const IMAGE_VARIABLE = "image";
const TOKEN_FOLDER_VARIABLE = "tokenFolder";
const SETTINGS: readonly unknown[] = [ACCOUNT_BY, IMAGE_VARIABLE, TOKEN_FOLDER_VARIABLE];

/** The labels by which bindings select. */
export interface SelectedLabels {
  readonly vmi: JsonObject | undefined;
  readonly namespace: JsonObject | undefined;
}

/**
 * Finds the policy for a VMI among some manifests.
 *
 * @param accountBy How the policy names accounts, if ours was not given.
 */
export function installedPolicy(
  manifests: readonly Manifest[],
  labels: SelectedLabels,
  accountBy: PolicySettings["accountBy"],
): InstalledPolicy {
  const assumed: PolicySettings = {
    accountBy,
    image: IMAGE,
    tokenFolder: TOKEN_FOLDERS["web identity"],
  };
  const given = manifests.filter(({ kind }) => POLICY_KINDS.includes(kind));
  if (given.length === 0) return { kind: "assumed", settings: assumed };
  const shipped = shippedPolicies();
  const ours = given.filter((manifest) => shipped.has(titleOf(manifest)));
  const bound = ours.find((manifest) => bindingOf(manifest, given, labels) === "bound");
  const manifest = bound ?? ours[0];
  if (manifest === undefined) {
    return { kind: "missing", given, settings: assumed };
  }
  const shippedExpressions = shipped.get(titleOf(manifest));
  return {
    kind: "given",
    manifest,
    settings: settingsOf(manifest.object),
    isChanged: shippedExpressions !== expressionsOf(manifest.object),
    binding: bindingOf(manifest, given, labels),
  };
}

/** A policy of Kyverno has a selector of its own. */
function bindingOf(
  policy: Manifest,
  given: readonly Manifest[],
  labels: SelectedLabels,
): "bound" | "not bound" | "without parameters" {
  const spec = objectMember(policy.object, "spec");
  if (policy.kind === KYVERNO_POLICY) {
    return selects(objectMember(spec, "matchConstraints"), labels) ? "bound" : "not bound";
  }
  const bindings = given
    .filter(({ kind }) => kind === BINDING)
    .map(({ object }) => objectMember(object, "spec"))
    .filter((binding) =>
      stringMember(binding, "policyName") === policy.name &&
      selects(objectMember(binding, "matchResources"), labels)
    );
  if (bindings.length === 0) return "not bound";
  const hasParameters = bindings.some((binding) => objectMember(binding, "paramRef") !== undefined);
  return hasParameters ? "bound" : "without parameters";
}

/** Whether the labels match. Other criteria are not looked at. */
function selects(match: JsonObject | undefined, labels: SelectedLabels): boolean {
  const matches = (selector: string, actual: JsonObject | undefined) =>
    maySelect(objectMember(match, selector), {
      labels: stringMembers(actual),
      mayHave: () => false,
    });
  return matches("objectSelector", labels.vmi) && matches("namespaceSelector", labels.namespace);
}

function titleOf({ kind, name }: Manifest): string {
  return `${kind} ${name}`;
}

/** The expressions of the policies in deploy/, by kind and name. */
function shippedPolicies(): ReadonlyMap<string, string> {
  const manifests = [shippedPolicy, shippedKyvernoPolicies]
    .flatMap((text) => parseManifests(text, "deploy"))
    .filter(({ kind }) => [POLICY, KYVERNO_POLICY].includes(kind));
  return new Map(manifests.map((manifest) => [titleOf(manifest), expressionsOf(manifest.object)]));
}

/** All expressions of a policy but the settings, as a text that can be compared. */
function expressionsOf(policy: JsonObject): string {
  const spec = objectMember(policy, "spec");
  const named = ["matchConditions", "variables"].flatMap((field) =>
    objectsMember(spec, field).map((one) => {
      const name = member(one, "name");
      return SETTINGS.includes(name) ? name : [name, expressionOf(one)];
    })
  );
  const mutations = objectsMember(spec, "mutations")
    .map((one) => expressionOf(objectMember(one, "jsonPatch")));
  return JSON.stringify([named, mutations]);
}

/** kustomize adds line breaks to an expression. */
function expressionOf(object: JsonObject | undefined): string | undefined {
  return stringMember(object, "expression")?.replace(/\s+/g, " ").trim();
}

function settingsOf(policy: JsonObject): PolicySettings {
  const variables = objectsMember(objectMember(policy, "spec"), "variables");
  const valueOf = (name: string) => {
    const found = variables.find((variable) => stringMember(variable, "name") === name);
    // A literal in CEL, in single or double quotes.
    return expressionOf(found)?.match(/^(["'])([^"'\\]*)\1$/)?.[2];
  };
  return {
    accountBy: valueOf(ACCOUNT_BY) === "volume" ? "volume" : "serviceAccountName",
    image: valueOf(IMAGE_VARIABLE) ?? IMAGE,
    tokenFolder: valueOf(TOKEN_FOLDER_VARIABLE) ?? TOKEN_FOLDERS["web identity"],
  };
}
