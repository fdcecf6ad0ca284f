import { PodIdentityAgent } from "../../support/pod_identity_agent.ts";
import { POD_IDENTITY_ENVIRONMENT, sharingPodIdentity } from "../../support/pod_identity.ts";
import { IRSA_ENVIRONMENT } from "../../support/sidecar.ts";
import { javascriptSdk } from "../install/javascript_sdk.ts";
import { AwsGuest } from "./aws_guest.ts";
import { ask, type Bench, type Case, expect } from "./judge.ts";
import { ACCESS_KEY, StsStub } from "./sts_stub.ts";

const TOKEN_NAME = "eks-pod-identity-token";
const URL_VARIABLE = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const NAMES = [
  ...new Set([...Object.keys(POD_IDENTITY_ENVIRONMENT), ...Object.keys(IRSA_ENVIRONMENT)]),
];

/** Commands of the judges that are installed already. */
export interface SdkCommands {
  /** Prints the access key of the credentials that it finds. */
  readonly botocore: readonly string[];
  /** Prints the caller's identity. */
  readonly cli: readonly string[];
}

/** What each SDK said. */
export interface PodIdentityCases {
  readonly botocore: readonly Case[];
  readonly cli: readonly Case[];
  readonly javascript: readonly Case[];
}

/** The SDKs' container provider with the environment and files of a guest by EKS Pod Identity, and an agent on loopback. */
export async function podIdentityCases(
  bench: Bench,
  { botocore, cli }: SdkCommands,
): Promise<PodIdentityCases> {
  const javascript = await javascriptSdk(bench);
  bench.progress("AWS: boot a guest with EKS Pod Identity and call its agent");
  await using guest = await AwsGuest.create(
    sharingPodIdentity(),
    POD_IDENTITY_ENVIRONMENT,
    TOKEN_NAME,
  );
  await using sts = new StsStub();
  await using agent = new LoopbackAgent();
  await guest.boot(token(1));
  const inGuest = await guest.environment(NAMES);
  const environment = {
    ...inGuest,
    // Every SDK takes an address of loopback too.
    [URL_VARIABLE]: (inGuest[URL_VARIABLE] ?? "").replace("169.254.170.23", agent.address),
    AWS_ENDPOINT_URL_STS: sts.url,
  };

  const takesCredentials = (command: readonly string[]) =>
    ask("takes the container provider and asks EKS's agent", async () => {
      const { stdout } = await guest.run(command, environment);
      expect(stdout.includes(ACCESS_KEY), `its credentials are: ${stdout.trim()}`);
      agent.expectToken(token(1));
    });
  const failsWithBothKinds = (command: readonly string[]) =>
    ask("fails with the variables of IRSA too: they have to leave the guest", async () => {
      sts.refusesTokens = true;
      const both = {
        ...environment,
        AWS_ROLE_ARN: IRSA_ENVIRONMENT.AWS_ROLE_ARN ?? "",
        AWS_WEB_IDENTITY_TOKEN_FILE: inGuest.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE ?? "",
      };
      const { code, stdout, stderr } = await guest.run(command, both, true);
      sts.refusesTokens = false;
      expect(code !== 0, `it has credentials: ${stdout}`);
      expect(stderr.includes("InvalidIdentityToken"), `it says: ${stderr}`);
      agent.expectNoCall();
    });

  const cases = {
    botocore: [
      await ask("the guest has the variables of Pod Identity alone", () => {
        const expected = {
          ...POD_IDENTITY_ENVIRONMENT,
          AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/run/aws-iam-token/token",
        };
        const sorted = (variables: Readonly<Record<string, string>>) =>
          JSON.stringify(Object.entries(variables).sort());
        expect(sorted(inGuest) === sorted(expected), `it has: ${sorted(inGuest)}`);
      }),
      await takesCredentials(botocore),
      await failsWithBothKinds(botocore),
    ],
    javascript: [await takesCredentials(javascript), await failsWithBothKinds(javascript)],
    cli: [
      await ask("aws sts get-caller-identity with the agent's credentials", async () => {
        const { stdout } = await guest.run(cli, environment);
        expect(stdout.includes("111122223333"), `it says: ${stdout}`);
        agent.expectToken(token(1));
      }),
    ],
  };
  const takesNewToken = (command: readonly string[]) =>
    ask("hands the agent the new token after the kubelet has replaced it", async () => {
      await guest.run(command, environment);
      agent.expectToken(token(2));
    });
  await guest.boot(token(2));
  cases.botocore.push(await takesNewToken(botocore));
  cases.javascript.push(await takesNewToken(javascript));
  await guest.boot(`${token(2)}\n`);
  cases.botocore.push(
    await ask("refuses a token that ends with a line feed: none may be added", async () => {
      const { code, stderr } = await guest.run(botocore, environment, true);
      expect(code !== 0, "it takes such a token");
      expect(stderr.includes("not a legal header value"), `it says: ${stderr}`);
      agent.expectNoCall();
    }),
  );
  await guest.boot(token(3, "2020-01-01"));
  cases.botocore.push(
    await ask("has no credentials by a token that has expired: the agent refuses it", async () => {
      const { code } = await guest.run(botocore, environment, true);
      expect(code !== 0, "it has credentials");
      agent.expectRefusals();
    }),
  );
  return cases;
}

/** EKS's agent, on an address of this machine. */
class LoopbackAgent implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #calls: { readonly status: number; readonly token: string }[] = [];

  constructor() {
    const agent = new PodIdentityAgent({
      accessKeyId: ACCESS_KEY,
      hosts: ["127.0.0.1"],
      answered: (call) => this.#calls.push(call),
    });
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => agent.answer(request),
    );
  }

  get address(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  /** Fails unless it was called once, with this token, and gave credentials. Clears the record. */
  expectToken(token: string): void {
    const calls = this.#calls.splice(0);
    expect(calls.length === 1, `the agent was called ${calls.length} times`);
    expect(calls[0]?.status === 200, `the agent has answered ${calls[0]?.status}`);
    expect(calls[0]?.token === token, "the agent was called with another token");
  }

  expectNoCall(): void {
    expect(this.#calls.splice(0).length === 0, "the agent was called");
  }

  /** Fails unless it was called, perhaps again and again, and refused each token. Clears the record. */
  expectRefusals(): void {
    const statuses = this.#calls.splice(0).map(({ status }) => status);
    expect(statuses.length > 0, "the agent was not called");
    expect(statuses.every((status) => status === 400), `the agent has answered ${statuses}`);
  }

  async [Symbol.asyncDispose]() {
    await this.#server.shutdown();
  }
}

/** A token of the service account, as the agent parses it, with a day on which it expires. */
function token(number: number, expires = "2099-01-01"): string {
  const json = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    });
  const claims = { aud: ["pods.eks.amazonaws.com"], exp: Date.parse(expires) / 1_000, number };
  return `${json({ alg: "RS256" })}.${json(claims)}.c2lnbmF0dXJl`;
}
