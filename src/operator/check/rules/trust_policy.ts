import type { CheckContext } from "../check_context.ts";
import type { Rule } from "../rule.ts";
import { trustOf, type TrustProblem } from "../trust.ts";

/** The problems of one kind. */
function ofKind<Kind extends TrustProblem["kind"]>(context: CheckContext, kind: Kind) {
  return trustOf(context).problems
    .filter((problem): problem is Extract<TrustProblem, { kind: Kind }> => problem.kind === kind);
}

/** Mistakes in the trust policy of the role. */
export const TRUST_POLICY_RULES: readonly Rule[] = [
  {
    code: "trust-policy-issuer",
    severity: "error",
    looksAt: "The service account",
    summary: "the role's trust policy trusts another cluster, or none",
    find: (context) => [
      ...ofKind(context, "no provider").map(({ manifest, path }) => ({
        manifest,
        path,
        what: "The trust policy lets no OIDC provider assume the role.",
        why: 'AWS STS answers every call of the guest with "Not authorized to perform ' +
          'sts:AssumeRoleWithWebIdentity".',
        fix: "Allow sts:AssumeRoleWithWebIdentity to the cluster's provider, as " +
          "examples/iam-trust-policy.json does.",
      })),
      ...ofKind(context, "other issuer").map(({ manifest, path, issuer, provider }) => ({
        manifest,
        path,
        what: `The trust policy trusts ${provider}, and the issuer here is ${issuer}.`,
        why:
          "AWS STS accepts a token only if its issuer, the provider and the condition keys agree.",
        fix: "Write the cluster's issuer without https:// in Federated and in both condition keys.",
      })),
      ...ofKind(context, "other account").map(({ manifest, path, account, provider }) => ({
        manifest,
        path,
        what:
          `The role is in the account ${account}, and its OIDC provider in the account ${provider}.`,
        why: "AWS STS looks for the provider in the account of the role.",
        fix: `Create the OIDC provider in the account ${account}, and name that one in Federated.`,
      })),
    ],
  },
  {
    code: "trust-policy-subject",
    severity: "error",
    looksAt: "The service account",
    summary: "the role's trust policy names another service account or namespace",
    find: (context) =>
      ofKind(context, "other subject").map(({ manifest, path, subject, condition }) => ({
        manifest,
        path,
        what: `The trust policy lets ${
          condition.values.join(", ")
        } assume the role, and not ${subject}.`,
        why: 'AWS STS answers "Not authorized to perform sts:AssumeRoleWithWebIdentity".',
        fix: condition.operator === "StringEquals" && condition.values.some((one) =>
            /[*?]/.test(one)
          )
          ? "StringEquals knows no * and ?: use StringLike, or write the name in full."
          : `Write ${subject} into the condition of sub.`,
      })),
  },
  {
    code: "token-audience",
    severity: "error",
    looksAt: "The service account",
    summary: "the role's trust policy asks for another audience than the token has",
    find: (context) =>
      ofKind(context, "other audience").map(({ manifest, path, audience, condition }) => ({
        manifest,
        path,
        what:
          `The trust policy asks for the audience ${
            condition.values.join(", ")
          }, and the token has ` +
          `${audience === "" ? "that of the API server" : audience}.`,
        why: 'AWS STS answers "Incorrect token audience" or "Not authorized to perform ' +
          'sts:AssumeRoleWithWebIdentity".',
        fix: "Annotate the service account with eks.amazonaws.com/audience: " +
          `${condition.values[0] ?? "sts.amazonaws.com"}, or write ${
            audience || "that audience"
          } into the condition of aud; the OIDC provider has to list it too.`,
      })),
  },
];
