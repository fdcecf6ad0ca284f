import { asObject, type JsonObject } from "../../../src/text/json.ts";

/** An object of the Kubernetes API. */
export interface KubernetesObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
}

export interface Metadata extends JsonObject {
  readonly name: string;
  readonly namespace?: string;
}

/** What the API server said to a request. */
export interface ApiAnswer {
  readonly status: number;
  /** The object, or the Status of a refused request. */
  readonly body: JsonObject;
  /** The texts of its warnings, which kubectl prints. */
  readonly warnings: readonly string[];
}

/** The API server has refused a request of the judge itself. */
export class ApiError extends Error {
  override readonly name = "ApiError";
}

/** Requests of the cluster's administrator to the API server. */
export class KubernetesApi implements Disposable {
  readonly #client: Deno.HttpClient;

  /**
   * @param url of the API server
   * @param authority the certificate that signed the server's, as PEM
   * @param token of the administrator
   */
  constructor(readonly url: string, authority: string, readonly token: string) {
    this.#client = Deno.createHttpClient({ caCerts: [authority] });
  }

  /** A request whose answer is the caller's to judge. */
  async request(
    method: string,
    path: string,
    body?: unknown,
    contentType = "application/json",
  ): Promise<ApiAnswer> {
    const response = await fetch(`${this.url}${path}`, {
      client: this.#client,
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": contentType },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text.startsWith("{") ? asObject(JSON.parse(text)) ?? {} : { message: text },
      warnings: warningsIn(response.headers.get("warning") ?? ""),
    };
  }

  /** @throws {ApiError} if the request was refused */
  async must(method: string, path: string, body?: unknown, type?: string): Promise<JsonObject> {
    const answer = await this.request(method, path, body, type);
    if (answer.status >= 300) {
      throw new ApiError(`${method} ${path}: ${answer.status} ${answer.body.message}`);
    }
    return answer.body;
  }

  /** Creates an object, with strict validation of its fields as kubectl asks for. */
  async create(object: JsonObject, dryRun = false): Promise<ApiAnswer> {
    const query = `fieldValidation=Strict${dryRun ? "&dryRun=All" : ""}`;
    return await this.request("POST", `${collectionOf(object)}?${query}`, object);
  }

  /** @throws {ApiError} if one of them was refused */
  async createAll(objects: readonly JsonObject[]): Promise<void> {
    await Promise.all(
      objects.map((object) => this.must("POST", collectionOf(object), object)),
    );
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

/** Where objects of this one's kind are created: `/apis/GROUP/VERSION/namespaces/NAMESPACE/PLURAL`. */
export function collectionOf(object: JsonObject): string {
  const version = String(object.apiVersion);
  const namespace = asObject(object.metadata)?.namespace;
  return [
    version.includes("/") ? "/apis" : "/api",
    `/${version}`,
    namespace === undefined ? "" : `/namespaces/${namespace}`,
    `/${plural(String(object.kind))}`,
  ].join("");
}

export function pathOf(object: JsonObject): string {
  return `${collectionOf(object)}/${asObject(object.metadata)?.name}`;
}

/** The resource of a kind. Right for every kind that the judge uses. */
function plural(kind: string): string {
  const lower = kind.toLowerCase();
  return lower.endsWith("y") ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}

/** The quoted texts of a header `Warning: 299 - "text", 299 - "text"` (RFC 7234, section 5.5). */
function warningsIn(header: string): string[] {
  return Array.from(
    header.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g),
    ([, text = ""]) => text.replace(/\\(.)/g, "$1"),
  );
}
