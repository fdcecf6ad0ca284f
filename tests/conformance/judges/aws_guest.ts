import { partsOf } from "../../support/guest_part.ts";
import { decodeBody, readEntity } from "../../support/mime.ts";
import { type ScratchGuest, scratchGuest } from "../../support/scratch_guest.ts";
import { startSidecar } from "../../support/sidecar.ts";
import { type PreCloudInitIsoCall, VirtLauncher } from "../../support/virt_launcher.ts";
import { type Finished, runProgram } from "../install/run_program.ts";

/** A guest in which the boothook of a real sidecar runs, and the programs of its users. */
export class AwsGuest implements AsyncDisposable {
  private constructor(
    private readonly guest: ScratchGuest,
    private readonly boothook: string,
    /** The name of the token's file in the pod. */
    private readonly tokenName: string,
  ) {}

  /** @param environment of the sidecar's container */
  static async create(
    call: PreCloudInitIsoCall,
    environment: Readonly<Record<string, string>>,
    tokenName: string,
  ): Promise<AwsGuest> {
    await using sidecar = await startSidecar({
      args: ["--log-level", "error"],
      env: environment,
    });
    const { UserData } = await new VirtLauncher(sidecar.socket).preCloudInitIso(call);
    const [ours = ""] = partsOf(UserData);
    const boothook = new TextDecoder().decode(decodeBody(readEntity(ours)));
    return new AwsGuest(await scratchGuest("sh"), boothook, tokenName);
  }

  /** Boots with this token in the share. */
  async boot(token: string): Promise<void> {
    this.guest.shareToken(token, this.tokenName);
    const body = this.boothook;
    await this.guest.boot({ type: "text/cloud-boothook", filename: "eks-irsa-sidecar.sh", body });
  }

  /** The variables that a login session has, of those named. */
  async environment(names: readonly string[]): Promise<Record<string, string>> {
    const values = await this.guest.sourceEnvironment(names);
    return Object.fromEntries(
      names.map((name, index) => [name, values[index] ?? ""]).filter(([, value]) => value !== ""),
    );
  }

  /**
   * Runs a program of this machine in a mount namespace where /run/aws-iam-token is the guest's. It finds no credentials of
   * the machine's user.
   */
  async run(
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
    anyExitCode = false,
  ): Promise<Finished> {
    const script = [
      "set -e",
      "mount --make-rprivate /",
      "mount -t tmpfs tmpfs /run",
      "mkdir /run/aws-iam-token",
      'mount --bind "$0" /run/aws-iam-token',
      'exec "$@"',
    ].join("; ");
    const asRoot = Deno.uid() === 0 ? [] : ["--map-root-user"];
    const token = `${this.guest.root}/run/aws-iam-token`;
    return await runProgram(
      ["unshare", "--mount", ...asRoot, "sh", "-c", script, token, ...command],
      {
        env: {
          PATH: Deno.env.get("PATH") ?? "",
          HOME: this.guest.root,
          AWS_EC2_METADATA_DISABLED: "true",
          ...environment,
        },
        clearEnv: true,
        anyExitCode,
      },
    );
  }

  async [Symbol.asyncDispose]() {
    await this.guest[Symbol.asyncDispose]();
  }
}
