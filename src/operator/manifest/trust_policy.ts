import { asObject, type JsonObject, member, objectMember, stringMember } from "../../text/json.ts";
import type { Manifest } from "./manifest.ts";
import type { Path } from "./path.ts";

/** A condition of a statement, such as `StringEquals` of `ISSUER:sub`. */
export interface TrustCondition {
  readonly operator: string;
  /** Its key before the last colon: the issuer without `https://`. */
  readonly issuer: string;
  /** Its key after the last colon, in small letters: `sub` or `aud`. */
  readonly claim: string;
  readonly values: readonly string[];
  readonly path: Path;
}

/** A statement that lets the service accounts of a cluster assume the role. */
export interface TrustStatement {
  /** The OIDC providers: the account that has one, and its issuer without `https://`. */
  readonly providers: readonly { readonly account: string; readonly issuer: string }[];
  readonly conditions: readonly TrustCondition[];
  readonly path: Path;
}

const ACTION = /^(sts:assumerolewithwebidentity|sts:\*|\*)$/i;
const PROVIDER = /^arn:aws[a-z0-9-]*:iam::(\d{12}):oidc-provider\/(.+)/g;

/** Whether a file has a trust policy: the policy itself, or what `aws iam get-role` prints. */
export function isTrustPolicy({ object, kind }: Manifest): boolean {
  return kind === "" && member(policyOf(object).policy, "Statement") !== undefined;
}

/** The ARN of the role to which the policy belongs; undefined if the file has the policy alone. */
export function trustedRole({ object }: Manifest): string | undefined {
  return stringMember(objectMember(object, "Role"), "Arn");
}

/**
 * The statements that allow AssumeRoleWithWebIdentity to an OIDC provider
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html).
 */
export function trustStatements(manifest: Manifest): readonly TrustStatement[] {
  return allowedBy(manifest).flatMap(({ statement, path }) => {
    const providers = textsOf(member(objectMember(statement, "Principal"), "Federated"))
      .flatMap((arn) => [...arn.matchAll(PROVIDER)])
      .map(([, account, issuer]) => ({ account: String(account), issuer: String(issuer) }));
    const isAllowed = textsOf(member(statement, "Action")).some((action) => ACTION.test(action));
    if (!isAllowed || providers.length === 0) return [];
    return [{ providers, conditions: conditionsOf(statement, path), path }];
  });
}

/** What EKS needs to give a pod a role by EKS Pod Identity (https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html). */
const POD_IDENTITY_ACTIONS = ["sts:AssumeRole", "sts:TagSession"];
const POD_IDENTITY_SERVICE = "pods.eks.amazonaws.com";

/** The actions that a policy would have to allow to EKS Pod Identity and does not. */
export function actionsMissingForPodIdentity(manifest: Manifest): readonly string[] {
  const allowed = allowedBy(manifest)
    .filter(({ statement }) =>
      textsOf(member(objectMember(statement, "Principal"), "Service")).includes(
        POD_IDENTITY_SERVICE,
      )
    )
    .flatMap(({ statement }) => textsOf(member(statement, "Action")))
    .map((action) => action.toLowerCase());
  return allowed.some((action) => action === "*" || action === "sts:*")
    ? []
    : POD_IDENTITY_ACTIONS.filter((action) => !allowed.includes(action.toLowerCase()));
}

/** The statements that allow something. */
function allowedBy({ object }: Manifest): readonly {
  readonly statement: JsonObject | undefined;
  readonly path: Path;
}[] {
  const { policy, path } = policyOf(object);
  const statements: unknown = member(policy, "Statement");
  return (Array.isArray(statements) ? statements.map((one, index) => [one, [index]] as const) : [
    [statements, []] as const,
  ]).map(([value, below]) => ({
    statement: asObject(value),
    path: [...path, "Statement", ...below],
  })).filter(({ statement }) => stringMember(statement, "Effect") === "Allow");
}

function conditionsOf(statement: JsonObject | undefined, path: Path): readonly TrustCondition[] {
  const operators = objectMember(statement, "Condition") ?? {};
  return Object.keys(operators).flatMap((operator) => {
    const keys = objectMember(operators, operator) ?? {};
    return Object.entries(keys).map(([key, value]) => {
      const colon = key.lastIndexOf(":");
      return {
        operator: operator.replace("ForAnyValue:", "").replace("IfExists", ""),
        issuer: key.slice(0, Math.max(colon, 0)),
        claim: key.slice(colon + 1).toLowerCase(),
        values: textsOf(value),
        path: [...path, "Condition", operator, key],
      };
    });
  });
}

function policyOf(
  object: JsonObject,
): { readonly policy: JsonObject | undefined; readonly path: Path } {
  const role = objectMember(object, "Role");
  if (role !== undefined) {
    const path = ["Role", "AssumeRolePolicyDocument"];
    return { policy: objectMember(role, "AssumeRolePolicyDocument"), path };
  }
  const document = objectMember(object, "AssumeRolePolicyDocument");
  return document === undefined
    ? { policy: object, path: [] }
    : { policy: document, path: ["AssumeRolePolicyDocument"] };
}

/** A text, or a list of texts. */
function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value])
    .filter((entry): entry is string => typeof entry === "string");
}
