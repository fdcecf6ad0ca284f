import { LINUX } from "../../support/kubevirt.ts";
import { IRSA_ENVIRONMENT } from "../../support/sidecar.ts";
import { ensurePrograms } from "../install/debian_packages.ts";
import { JAVASCRIPT_SDK_VERSION } from "../install/javascript_sdk.ts";
import { packageVersion, pythonWithPackages } from "../install/python_packages.ts";
import { AwsGuest } from "./aws_guest.ts";
import { podIdentityCases } from "./aws_pod_identity.ts";
import { ask, expect, type Judge } from "./judge.ts";
import { StsStub } from "./sts_stub.ts";

const TOKEN = "header.payload-of-the-service-account.signature";

/** The AWS SDKs' providers and the AWS CLI, with the environment and files of a guest's program. */
export const aws: Judge = {
  name: "aws",
  async judge(bench) {
    await ensurePrograms({ unshare: "util-linux", mount: "mount" });
    const python = await pythonWithPackages(bench);
    bench.progress("AWS: boot a guest and call STS with what it has");
    await using guest = await AwsGuest.create(LINUX, IRSA_ENVIRONMENT, "token");
    await using sts = new StsStub();
    await guest.boot(TOKEN);
    const env = {
      ...await guest.environment(Object.keys(IRSA_ENVIRONMENT)),
      AWS_ENDPOINT_URL_STS: sts.url,
    };
    const inGuest = async (command: readonly string[]) => (await guest.run(command, env)).stdout;
    const botocoreCommand = [python, "-c", BOTOCORE];
    const program = python.replace(/\/python$/, "/aws");
    const cliCommand = [program, "sts", "get-caller-identity", "--output", "text"];

    const botocore = [
      await ask("botocore takes the web identity provider and calls STS", async () => {
        const method = await inGuest(botocoreCommand);
        expect(
          method.trim() === "assume-role-with-web-identity ASIAFROMTHESTUB",
          `its credentials are: ${method.trim()}`,
        );
        sts.expectExchange(IRSA_ENVIRONMENT.AWS_ROLE_ARN ?? "", TOKEN);
      }),
      await ask("botocore takes the new token after the kubelet has replaced it", async () => {
        await guest.boot("another.token.altogether");
        await inGuest(botocoreCommand);
        sts.expectExchange(IRSA_ENVIRONMENT.AWS_ROLE_ARN ?? "", "another.token.altogether");
      }),
    ];
    const cli = await ask("aws sts get-caller-identity", async () => {
      const identity = await inGuest(cliCommand);
      expect(identity.includes("111122223333"), `it says: ${identity}`);
      sts.expectExchange(IRSA_ENVIRONMENT.AWS_ROLE_ARN ?? "", "another.token.altogether");
    });
    const podIdentity = await podIdentityCases(bench, {
      botocore: botocoreCommand,
      cli: cliCommand,
    });
    return [
      {
        judge: "botocore",
        version: await packageVersion(python, "botocore"),
        cases: [...botocore, ...podIdentity.botocore],
      },
      {
        judge: "AWS CLI",
        version: await packageVersion(python, "awscli"),
        cases: [cli, ...podIdentity.cli],
      },
      {
        judge: "AWS SDK for JavaScript",
        version: JAVASCRIPT_SDK_VERSION,
        cases: podIdentity.javascript,
      },
    ];
  },
};

/** Prints the provider that found credentials, and their access key. */
const BOTOCORE = `
import botocore.session
credentials = botocore.session.get_session().get_credentials()
print(credentials.method, credentials.get_frozen_credentials().access_key)
`;
