/**
 * Writes deploy/kyverno/policies.yaml: the policy of deploy/policy/policy.yaml for Kyverno, for clusters before
 * Kubernetes 1.36. All expressions are taken from that file.
 *
 *     deno run --allow-read --allow-write build/kyverno_policies.ts
 */

const SOURCE = new URL("../deploy/policy/policy.yaml", import.meta.url);
const TARGET = new URL("../deploy/kyverno/policies.yaml", import.meta.url);

/** Kyverno's policy has one selector: there is one policy for each binding of the source. */
const SELECTORS = { label: "objectSelector", namespace: "namespaceSelector" } as const;

/**
 * The text of deploy/kyverno/policies.yaml.
 *
 * @param source The text of deploy/policy/policy.yaml.
 * @throws {Error} if the source does not have a part that is taken from it.
 */
export function kyvernoPolicies(source: string): string {
  const parts = {
    accountComment: between(source, "  # 1. ", "  # 2. "),
    optedInComment: between(source, "  # 2. ", "  matchConditions:\n"),
    account: between(source, "params.metadata.name == (\n", "\n          )\n          && "),
    optedIn: between(source, "\n          )\n          && ", "  variables:\n"),
    settings: between(source, "\n  variables:\n", "    - name: account\n"),
    selector: between(source, "    objectSelector:\n", "---\n"),
    roleComment: between(source, "      expression: params.metadata.name\n", "    - name: role\n"),
    role: between(source, "    - name: role\n      expression: params", "\n"),
    rest: between(source, "(build/kyverno_policies.ts).\n", "---\n"),
  };
  return HEAD + Object.entries(SELECTORS).map(([name, selector]) => policy(name, selector, parts))
    .join("---\n");
}

const HEAD = `\
# Made from ../policy/policy.yaml by build/kyverno_policies.ts: do not change it here.
#
# The same as that policy, for Kyverno 1.19 on Kubernetes before 1.36. Kyverno's admission controller needs the
# right to get service accounts.
`;

function policy(
  name: string,
  selector: string,
  parts: Readonly<Record<string, string>>,
): string {
  const { accountComment, optedInComment, account, optedIn, settings, rest } = parts;
  return `\
apiVersion: policies.kyverno.io/v1
kind: MutatingPolicy
metadata:
  name: eks-irsa-sidecar-by-${name}
spec:
  # If the policy cannot be evaluated, the VMI is refused, and KubeVirt tries again.
  failurePolicy: Fail
  # Gives the policy a webhook of its own: Kyverno 1.18 gives all policies without a timeout the selector of the last.
  webhookConfiguration:
    timeoutSeconds: 10
  evaluation:
    admission:
      enabled: true
    # VMIs that exist already are left alone.
    background:
      enabled: false
  matchConstraints:
    resourceRules:
      - apiGroups: [kubevirt.io]
        apiVersions: [v1, v1alpha3]
        operations: [CREATE]
        resources: [virtualmachineinstances]
    ${selector}:
${parts.selector}  matchConditions:
${comment(optedInComment)}    - name: opted-in
      expression: >-
        ${optedIn}    - name: account-exists
      expression: variables.serviceAccount != null
  variables:
${settings}${comment(accountComment)}    - name: account
      expression: >-
${account.replaceAll(/^ {4}/gm, "")}
    # null if there is no such account.
    - name: serviceAccount
      expression: >-
        dyn(resource.Get("v1", "serviceaccounts", string(request.namespace), string(variables.account)))
${parts.roleComment}    - name: role
      expression: variables.serviceAccount${parts.role}
${rest}`;
}

/** An item of the numbered comment, as a comment of its own. */
function comment(item: string): string {
  return item.trimEnd().split("\n")
    .map((line) => `    # ${line.replace(/^ *# */, "")}\n`)
    .join("");
}

/** The text between the first occurrence of a start and the next occurrence of an end. */
function between(text: string, start: string, end: string): string {
  const from = text.indexOf(start);
  const to = text.indexOf(end, from + start.length);
  if (from < 0 || to < 0) {
    throw new Error(`The source has no ${JSON.stringify(start)} with ${end}.`);
  }
  return text.slice(from + start.length, to);
}

if (import.meta.main) {
  await Deno.writeTextFile(TARGET, kyvernoPolicies(await Deno.readTextFile(SOURCE)));
}
