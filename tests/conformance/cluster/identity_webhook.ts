import { parseAllDocuments } from "yaml";
import { asObject, type JsonObject, objectMember, objectsMember } from "../../../src/text/json.ts";

/** The label of a namespace that has the webhook of another platform than EKS: the webhook's name. */
export const WEBHOOK_LABEL = "identity-webhook";

/** How a cluster runs the pod identity webhook. */
export interface IdentityWebhook {
  /** Also the value of its namespaces' label. */
  readonly name: string;
  /** The flags that say what it does to a pod, as the platform starts the program. */
  readonly flags: readonly string[];
  /** The text of the ConfigMap pod-identity-webhook. */
  readonly configMap?: string;
}

/** What `--compose-role-arn` puts before a role's name. The real webhook asks the instance for the account. */
const COMPOSED = "arn:aws:iam::111122223333:role/";

/**
 * The policy of pod_identity_webhook.yaml and its binding, as another platform's webhook.
 *
 * @param text of that file
 * @throws {Error} if a variable of the policy is gone, or a flag is not known here
 */
export function identityWebhookPolicy(text: string, webhook: IdentityWebhook): JsonObject[] {
  const [policy, binding] = objectsOf(text);
  const spec = objectMember(policy, "spec");
  const name = `pod-identity-webhook-${webhook.name}`;
  const expressions = expressionsOf(webhook);
  const variables = objectsMember(spec, "variables").map((variable) => {
    const expression = expressions.get(String(variable.name));
    expressions.delete(String(variable.name));
    return expression === undefined ? variable : { ...variable, expression };
  });
  if (expressions.size > 0) throw new Error(`There is no variable ${[...expressions.keys()]}.`);
  return [
    { ...policy, metadata: { name }, spec: { ...spec, variables } },
    {
      ...binding,
      metadata: { name },
      spec: {
        ...objectMember(binding, "spec"),
        policyName: name,
        matchResources: { namespaceSelector: { matchLabels: { [WEBHOOK_LABEL]: webhook.name } } },
      },
    },
  ];
}

/** The variables that the flags set. A flag that is not there has the program's own default. */
function expressionsOf({ flags, configMap }: IdentityWebhook): Map<string, string> {
  const expressions = new Map([["region", "''"], ["regionalEndpoints", "false"]]);
  for (const flag of flags) {
    const [name, value = ""] = flag.split("=", 2);
    switch (name) {
      case "--annotation-prefix":
        expressions.set("prefix", `'${value}'`);
        break;
      case "--token-audience":
        expressions.set("audience", `'${value}'`);
        break;
      case "--token-mount-path":
        expressions.set("folder", `'${value}'`);
        break;
      case "--aws-default-region":
        expressions.set("region", `'${value}'`);
        break;
      case "--sts-regional-endpoint":
        expressions.set("regionalEndpoints", "true");
        break;
      case "--compose-role-arn":
        expressions.set("composed", `'${COMPOSED}'`);
        break;
      case "--watch-config-map":
        expressions.set("roles", celOf(JSON.parse(configMap ?? "{}")));
        break;
      default:
        throw new Error(`The stand-in for the pod identity webhook has no flag ${flag}.`);
    }
  }
  return expressions;
}

/** A value of JSON as an expression of CEL, whose maps have values of one type: `dyn`. */
function celOf(value: unknown): string {
  const object = asObject(value);
  if (object === undefined) return JSON.stringify(value);
  const entries = Object.entries(object)
    .map(([key, member]) => `${JSON.stringify(key)}: dyn(${celOf(member)})`);
  return `{${entries.join(", ")}}`;
}

function objectsOf(text: string): readonly (JsonObject | undefined)[] {
  const documents = parseAllDocuments(text);
  return Array.isArray(documents) ? documents.map((document) => asObject(document.toJS())) : [];
}
