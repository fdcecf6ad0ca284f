/**
 * What EKS's agent for Pod Identity answers (aws/eks-pod-identity-agent pkg/handlers/eks_credential_handler.go and
 * internal/validation/request.go). Where the agent asks EKS Auth, one fixed role is assumed.
 */
import { Buffer } from "node:buffer";

/** The agent's address, on every node; pods reach it at port 80. */
export const AGENT_ADDRESS = "169.254.170.23";

const LIFETIME_MS = 6 * 60 * 60 * 1_000;

/** One request for credentials, and the answer. */
export interface AgentRequest {
  readonly status: number;
  /** What the caller sent as `Authorization`. */
  readonly token: string;
}

interface AgentOptions {
  /** The access key of the credentials that are issued. */
  readonly accessKeyId: string;
  /** The hosts by which the agent may be called; by default its two addresses. */
  readonly hosts?: readonly string[];
  /** Called for each request for credentials. */
  readonly answered: (request: AgentRequest) => void;
}

/** The agent's HTTP server, as a handler for `Deno.serve`. */
export class PodIdentityAgent {
  readonly #accessKeyId: string;
  readonly #hosts: readonly string[];
  readonly #answered: (request: AgentRequest) => void;

  constructor({ accessKeyId, hosts, answered }: AgentOptions) {
    this.#accessKeyId = accessKeyId;
    this.#hosts = hosts ?? [AGENT_ADDRESS, "fd00:ec2::23"];
    this.#answered = answered;
  }

  answer(request: Request): Response {
    if (new URL(request.url).pathname !== "/v1/credentials") {
      return plainText(404, "404 page not found");
    }
    const token = request.headers.get("authorization") ?? "";
    const response = this.#credentials(request.headers.get("host") ?? "", token);
    this.#answered({ status: response.status, token });
    return response;
  }

  #credentials(host: string, token: string): Response {
    const called = withoutPort(host);
    if (!this.#hosts.includes(called)) {
      return plainText(
        403,
        `Access Denied. The agent has no address ${called}: call it at ${this.#hosts.join(" or ")}`,
      );
    }
    const refusal = whyRefused(token);
    if (refusal !== undefined) return plainText(400, `Service account token ${refusal}`);
    return Response.json({
      AccessKeyId: this.#accessKeyId,
      SecretAccessKey: "of-the-agent",
      Token: "session-of-the-agent",
      AccountId: "111122223333",
      Expiration: new Date(Date.now() + LIFETIME_MS).toISOString(),
    });
  }
}

/**
 * The claims of a token.
 *
 * @returns Undefined if it cannot be parsed as a JWT. The signature is not verified, as in the agent.
 */
export function claimsOf(token: string): Readonly<Record<string, unknown>> | undefined {
  const parts = token.split(".");
  const [header, claims] = parts.slice(0, 2).map(jsonObject);
  return parts.length === 3 && typeof header?.alg === "string" ? claims : undefined;
}

/** Why the agent refuses a token, as the end of a sentence. */
function whyRefused(token: string): string | undefined {
  if (token === "") return "cannot be empty";
  const claims = claimsOf(token);
  if (claims === undefined) return "cannot be parsed";
  const now = Date.now() / 1_000;
  const { exp, nbf } = claims;
  if (typeof exp === "number" && exp <= now) return "has expired";
  if (typeof nbf === "number" && nbf > now) return "is not valid yet";
  return undefined;
}

function jsonObject(base64url: string): Record<string, unknown> | undefined {
  if (!/^[\w-]+$/.test(base64url)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(base64url, "base64url").toString());
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** The host of a Host header, which may have a port, and an IPv6 address brackets. */
function withoutPort(host: string): string {
  return host.replace(/^(\[.*\]|[^:]*):\d+$/, "$1").replace(/^\[(.*)\]$/, "$1");
}

/** An error as Go's http.Error writes it. */
function plainText(status: number, sentence: string): Response {
  return new Response(`${sentence}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
  });
}
