import { scratchGuest } from "../../support/scratch_guest.ts";
import { IRSA_ENVIRONMENT } from "../../support/sidecar.ts";
import { runProgram } from "../install/run_program.ts";
import { ask, type Case, expect } from "./judge.ts";

/**
 * A boot by cloud-init's own handlers, with its folder mounted noexec, as hardened guests have /var, and
 * without. The mount is in a mount namespace that ends with the boot.
 *
 * @param command the Python of a release of cloud-init, its program, and the user data
 */
export async function noexecCases(
  command: { readonly python: string; readonly program: string; readonly pythonPath: string },
  userData: string,
): Promise<Case[]> {
  const cases: Case[] = [];
  for (const options of ["exec", "noexec"]) {
    cases.push(
      await ask(`a boot with cloud-init's folder mounted ${options}`, async () => {
        await using guest = await scratchGuest("sh");
        guest.write("etc/environment", "");
        guest.shareToken("the-token");
        Deno.mkdirSync(`${guest.root}/cloud`);
        const script = `mount -t tmpfs -o ${options} tmpfs "$EKS_IRSA_ROOT/cloud" || exit
PATH=$EKS_IRSA_ROOT/bin:$PATH exec "$@"`;
        const { stdout, stderr } = await runProgram([
          ...["unshare", "--mount", "sh", "-c", script, "sh"],
          ...[command.python, command.program, userData, `${guest.root}/cloud`],
        ], {
          env: {
            EKS_IRSA_ROOT: guest.root,
            PYTHONPATH: command.pythonPath,
            PYTHONDONTWRITEBYTECODE: "1",
          },
        });
        const variables = JSON.parse(stdout) as Record<string, string>;
        const role = IRSA_ENVIRONMENT.AWS_ROLE_ARN;
        expect(variables.AWS_ROLE_ARN === role, `cloud-init's process has ${stdout}: ${stderr}`);
        expect(
          guest.read("etc/environment").includes(`\nAWS_ROLE_ARN=${role}\n`),
          `/etc/environment is: ${guest.read("etc/environment")}`,
        );
        expect(guest.read("run/aws-iam-token/token") === "the-token", "the token is another");
        const byShell = /has left nothing .*: \/bin\/sh runs it\./.test(stderr);
        expect(byShell === (options === "noexec"), `it says: ${stderr}`);
        // For each of two frequencies; what a shell has run once is there the second time.
        const runs = guest.calls().filter((call) => call.startsWith("systemctl set-environment"));
        const expected = options === "noexec" ? 1 : 2;
        expect(runs.length === expected, `the boothook has run ${runs.length} times`);
      }),
    );
  }
  return cases;
}
