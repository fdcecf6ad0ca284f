import { partsOf } from "../../support/guest_part.ts";
import { LINUX } from "../../support/kubevirt.ts";
import { decodeBody, readEntity } from "../../support/mime.ts";
import { type ScratchGuest, scratchGuest } from "../../support/scratch_guest.ts";
import { IRSA_ENVIRONMENT, startSidecar } from "../../support/sidecar.ts";
import { VirtLauncher } from "../../support/virt_launcher.ts";
import { ensurePrograms } from "../install/debian_packages.ts";
import { packageVersion, pythonWithPackages } from "../install/python_packages.ts";
import { runProgram } from "../install/run_program.ts";
import { ask, expect, type Judge } from "./judge.ts";
import { StsStub } from "./sts_stub.ts";

const TOKEN = "header.payload-of-the-service-account.signature";

/** The AWS SDK's web identity provider and the AWS CLI, with the environment and files of a guest's program. */
export const aws: Judge = {
  name: "aws",
  async judge(bench) {
    await ensurePrograms({ unshare: "util-linux", mount: "mount" });
    const python = await pythonWithPackages(bench);
    bench.progress("AWS: boot a guest and call STS with what it has");
    await using guest = await bootedGuest();
    await using sts = new StsStub();
    const env = { ...await environmentOf(guest), AWS_ENDPOINT_URL_STS: sts.url };
    const inGuest = async (command: readonly string[]) =>
      (await runProgram(withTokenOf(guest, command), {
        env: { ...ownEnvironment(guest.root), ...env },
        clearEnv: true,
      })).stdout;

    const botocore = [
      await ask("botocore takes the web identity provider and calls STS", async () => {
        const method = await inGuest([python, "-c", BOTOCORE]);
        expect(
          method.trim() === "assume-role-with-web-identity ASIAFROMTHESTUB",
          `its credentials are: ${method.trim()}`,
        );
        sts.expectExchange(IRSA_ENVIRONMENT.AWS_ROLE_ARN ?? "", TOKEN);
      }),
      await ask("botocore takes the new token after the kubelet has replaced it", async () => {
        guest.shareToken("another.token.altogether");
        await bootAgain(guest);
        await inGuest([python, "-c", BOTOCORE]);
        sts.expectExchange(IRSA_ENVIRONMENT.AWS_ROLE_ARN ?? "", "another.token.altogether");
      }),
    ];
    const cli = await ask("aws sts get-caller-identity", async () => {
      const program = python.replace(/\/python$/, "/aws");
      const identity = await inGuest([program, "sts", "get-caller-identity", "--output", "text"]);
      expect(identity.includes("111122223333"), `it says: ${identity}`);
      sts.expectExchange(IRSA_ENVIRONMENT.AWS_ROLE_ARN ?? "", "another.token.altogether");
    });
    return [
      { judge: "botocore", version: await packageVersion(python, "botocore"), cases: botocore },
      { judge: "AWS CLI", version: await packageVersion(python, "awscli"), cases: [cli] },
    ];
  },
};

/** Prints the provider that found credentials, and the access key from STS. */
const BOTOCORE = `
import botocore.session
credentials = botocore.session.get_session().get_credentials()
print(credentials.method, credentials.get_frozen_credentials().access_key)
`;

const boothooks = new WeakMap<ScratchGuest, string>();

/** A guest in which the boothook of a real sidecar has run. */
async function bootedGuest(): Promise<ScratchGuest> {
  await using sidecar = await startSidecar({ args: ["--log-level", "error"] });
  const { UserData } = await new VirtLauncher(sidecar.socket).preCloudInitIso(LINUX);
  const [ours = ""] = partsOf(UserData);
  const guest = await scratchGuest("sh");
  boothooks.set(guest, new TextDecoder().decode(decodeBody(readEntity(ours))));
  guest.shareToken(TOKEN);
  await bootAgain(guest);
  return guest;
}

async function bootAgain(guest: ScratchGuest): Promise<void> {
  const body = boothooks.get(guest) ?? "";
  await guest.boot({ type: "text/cloud-boothook", filename: "eks-irsa-sidecar.sh", body });
}

/** The variables that a login session of the guest has. */
async function environmentOf(guest: ScratchGuest): Promise<Record<string, string>> {
  const names = Object.keys(IRSA_ENVIRONMENT);
  const values = await guest.sourceEnvironment(names);
  return Object.fromEntries(names.map((name, index) => [name, values[index] ?? ""]));
}

/** The rest of the environment: no credentials of the machine's user, and a cache of its own. */
function ownEnvironment(home: string): Record<string, string> {
  return {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: home,
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

/** The command in a mount namespace where /run/aws-iam-token is the guest's. */
function withTokenOf(guest: ScratchGuest, command: readonly string[]): string[] {
  const script = [
    "set -e",
    "mount --make-rprivate /",
    "mount -t tmpfs tmpfs /run",
    "mkdir /run/aws-iam-token",
    'mount --bind "$0" /run/aws-iam-token',
    'exec "$@"',
  ].join("; ");
  const asRoot = Deno.uid() === 0 ? [] : ["--map-root-user"];
  const token = `${guest.root}/run/aws-iam-token`;
  return ["unshare", "--mount", ...asRoot, "sh", "-c", script, token, ...command];
}
