import { expect } from "./judge.ts";

/** The access key of the credentials that the stub issues, and the only one that it takes. */
export const ACCESS_KEY = "ASIAFROMTHESTUB";
const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

/** A stub of AWS STS on this machine, which records its requests. */
export class StsStub implements AsyncDisposable {
  readonly url: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #exchanges: URLSearchParams[] = [];
  /** Whether web identity tokens are refused, as STS refuses those that were not issued for it. */
  refusesTokens = false;

  /** @param port of that address; by default one that is free */
  constructor(hostname = "127.0.0.1", port = 0) {
    this.#server = Deno.serve(
      { hostname, port, onListen: () => {} },
      async (request) => await this.#answer(request),
    );
    this.url = `http://${hostname}:${this.#server.addr.port}`;
  }

  /** Fails unless the token was exchanged for the role's credentials. Clears the record. */
  expectExchange(role: string, token: string): void {
    const [exchange, ...more] = this.#exchanges;
    this.#exchanges = [];
    expect(exchange !== undefined, "STS was not asked to assume the role");
    expect(more.length === 0, "STS was asked more than once");
    expect(exchange.get("RoleArn") === role, `the role was ${exchange.get("RoleArn")}`);
    expect(exchange.get("WebIdentityToken") === token, "the token was another one");
  }

  async #answer(request: Request): Promise<Response> {
    const asked = new URLSearchParams(await request.text());
    switch (asked.get("Action")) {
      case "AssumeRoleWithWebIdentity":
        this.#exchanges.push(asked);
        if (this.refusesTokens) return refusal();
        return xml(
          "AssumeRoleWithWebIdentity",
          `<Credentials><AccessKeyId>${ACCESS_KEY}</AccessKeyId><SecretAccessKey>stub</SecretAccessKey>` +
            "<SessionToken>stub</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>",
        );
      case "GetCallerIdentity":
        if (!request.headers.get("authorization")?.includes(ACCESS_KEY)) {
          return new Response("not signed with the role's credentials", { status: 403 });
        }
        return xml(
          "GetCallerIdentity",
          "<Arn>arn:aws:sts::111122223333:assumed-role/vm-reader/session</Arn>" +
            "<UserId>AROASTUB:session</UserId><Account>111122223333</Account>",
        );
      default:
        return new Response("unknown action", { status: 400 });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

function refusal(): Response {
  return new Response(
    `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code>` +
      "<Message>Incorrect token audience</Message></Error></ErrorResponse>",
    { status: 400, headers: { "content-type": "text/xml" } },
  );
}

function xml(action: string, result: string): Response {
  return new Response(
    `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${result}</${action}Result>` +
      `<ResponseMetadata><RequestId>stub</RequestId></ResponseMetadata></${action}Response>`,
    { headers: { "content-type": "text/xml" } },
  );
}
