import { objectMember, stringMember } from "../../text/json.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { Path } from "../manifest/path.ts";
import {
  isTrustPolicy,
  type TrustCondition,
  trustedRole,
  type TrustStatement,
  trustStatements,
} from "../manifest/trust_policy.ts";
import type { CheckContext } from "./check_context.ts";
import { givenRole } from "./role.ts";
import { tokenAudience } from "./token_audience.ts";

/** Why AWS STS would refuse the token of the VM's pod. */
export type TrustProblem =
  & { readonly manifest: Manifest; readonly path: Path }
  & (
    /** No statement lets an OIDC provider assume the role. */
    | { readonly kind: "no provider" }
    /** A condition, or the cluster, has another issuer than the provider. */
    | { readonly kind: "other issuer"; readonly issuer: string; readonly provider: string }
    /** The provider belongs to another account than the role. */
    | { readonly kind: "other account"; readonly account: string; readonly provider: string }
    | {
      readonly kind: "other subject";
      readonly subject: string;
      readonly condition: TrustCondition;
    }
    | {
      readonly kind: "other audience";
      readonly audience: string;
      readonly condition: TrustCondition;
    }
  );

/** What the given trust policies say of the VM's role. */
export interface Trust {
  readonly problems: readonly TrustProblem[];
  /** Audiences that a policy asks for, where that of the token is not known. */
  readonly unknownAudiences: readonly string[];
}

/** Compares the trust policies that were given with the token that the VM's pod has. */
export function trustOf(context: CheckContext): Trust {
  // The token of EKS Pod Identity goes to EKS, and not to AWS STS.
  if (context.identity.kind === "pod identity") return { problems: [], unknownAudiences: [] };
  const role = givenRole(context)?.arn;
  const policies = context.manifests.filter((manifest) => {
    const owner = trustedRole(manifest);
    return isTrustPolicy(manifest) && (owner === undefined || role === undefined || owner === role);
  });
  const results = policies.map((policy) => trustIn(context, policy, role));
  return {
    problems: results.flatMap(({ problems }) => problems),
    unknownAudiences: results.flatMap(({ unknownAudiences }) => unknownAudiences),
  };
}

/** One statement that fits is enough. Without one, the problems of the statement that has the fewest. */
function trustIn(context: CheckContext, manifest: Manifest, role: string | undefined): Trust {
  const [best] = trustStatements(manifest)
    .map((statement) => trustByStatement(context, manifest, statement, role))
    .sort((one, other) => one.problems.length - other.problems.length);
  return best ?? {
    problems: [{ kind: "no provider", manifest, path: ["Statement"] }],
    unknownAudiences: [],
  };
}

function trustByStatement(
  context: CheckContext,
  manifest: Manifest,
  { providers, conditions, path }: TrustStatement,
  role: string | undefined,
): Trust {
  const problems: TrustProblem[] = [];
  const unknownAudiences: string[] = [];
  const issuers = providers.map(({ issuer }) => issuer);
  const [provider = ""] = issuers;
  const cluster = clusterIssuer(context);
  if (cluster !== undefined && !issuers.includes(cluster)) {
    problems.push({ kind: "other issuer", manifest, path, issuer: cluster, provider });
  }
  const account = /:iam::(\d{12}):/.exec(role ?? "")?.[1];
  const owners = providers.map((one) => one.account);
  if (account !== undefined && !owners.includes(account)) {
    problems.push({
      kind: "other account",
      manifest,
      path,
      account,
      provider: owners[0] ?? "",
    });
  }
  for (const condition of conditions) {
    const { issuer, claim, operator } = condition;
    if (claim !== "sub" && claim !== "aud" || !COMPARISONS.has(operator)) continue;
    if (!issuers.includes(issuer)) {
      // Both keys of a policy usually have the same issuer: once is enough.
      if (!problems.some(({ kind }) => kind === "other issuer")) {
        problems.push({ kind: "other issuer", manifest, path: condition.path, issuer, provider });
      }
    } else if (claim === "sub") {
      const subject = subjectOf(context, condition);
      if (!holds(condition, subject)) {
        problems.push({
          kind: "other subject",
          manifest,
          path: condition.path,
          subject,
          condition,
        });
      }
    } else {
      const audience = tokenAudience(context, issuer);
      if (audience === undefined) unknownAudiences.push(...condition.values);
      else if (!holds(condition, audience)) {
        problems.push({
          kind: "other audience",
          manifest,
          path: condition.path,
          audience,
          condition,
        });
      }
    }
  }
  return { problems, unknownAudiences };
}

/**
 * The comparisons that IAM has for texts, apart from the negated ones, which nobody needs here
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html).
 */
const COMPARISONS: ReadonlySet<string> = new Set([
  "StringEquals",
  "StringEqualsIgnoreCase",
  "StringLike",
]);

function holds({ operator, values }: TrustCondition, value: string): boolean {
  return values.some((expected) => {
    switch (operator) {
      case "StringEqualsIgnoreCase":
        return expected.toLowerCase() === value.toLowerCase();
      case "StringLike":
        return new RegExp(
          `^${
            expected.replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".")
          }$`,
        ).test(value);
      default:
        return expected === value;
    }
  });
}

/** The `sub` of the token. Where the VM names no namespace, that of the policy counts. */
function subjectOf(
  { serviceAccount: { name }, virtualMachine: { manifest } }: CheckContext,
  { values: [first = ""] }: TrustCondition,
): string {
  const namespace = manifest.namespace ?? first.split(":")[2] ?? "default";
  return `system:serviceaccount:${namespace}:${name}`;
}

/** The issuer of an OpenShift cluster, without `https://`; undefined if its manifest was not given. */
function clusterIssuer({ manifests }: CheckContext): string | undefined {
  const found = manifests.find(({ kind, group }) =>
    kind === "Authentication" && group === "config.openshift.io"
  );
  const issuer = stringMember(objectMember(found?.object, "spec"), "serviceAccountIssuer");
  return issuer?.replace(/https:\/\//, "") || undefined;
}
