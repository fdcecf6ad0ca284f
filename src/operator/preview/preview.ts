import type { PreviewOptions } from "../../cli/command_line.ts";
import { styleFor } from "../../cli/style.ts";
import { captureIdentity } from "../../identity/identity.ts";
import { plannedUserData } from "../../plan/guest_plan.ts";
import { accountRole } from "../manifest/account_role.ts";
import { findObject, type Manifest, ManifestError, titleOf } from "../manifest/manifest.ts";
import { readManifestFiles } from "../manifest/read_files.ts";
import { type VirtualMachine, virtualMachinesIn } from "../manifest/virtual_machine.ts";
import { type AssumedIdentity, assumedIdentity } from "../manifest_plan/assumed_identity.ts";
import { admissionOf, type ManifestAdmission } from "../manifest_plan/manifest_admission.ts";
import { type ManifestPlan, planManifest } from "../manifest_plan/manifest_plan.ts";
import { maskSecrets } from "./mask.ts";
import { reportOf, unreadableAnnotation, whereInSecret } from "./report.ts";
import { withShortStrings } from "./short_strings.ts";
import { diffLine, previewText } from "./text.ts";

/** A virtual machine's plan, or why `serve` would fail for it. */
type Outcome =
  | {
    readonly kind: "planned";
    readonly plan: ManifestPlan;
    readonly identity: AssumedIdentity;
    readonly admission: ManifestAdmission;
  }
  | {
    readonly kind: "failed";
    readonly virtualMachine: VirtualMachine;
    readonly startsVm: boolean;
    readonly failure: string;
  };

/**
 * Prints what the sidecar would do to the virtual machines of some manifests.
 *
 * @param environment That of the process, which may be in a pod.
 * @returns The exit code: 1 if a virtual machine would not start, or its guest could not reach the token.
 * @throws {ManifestError} if a file cannot be used, or there is no virtual machine in it.
 */
export async function preview(
  options: PreviewOptions,
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const manifests = await readManifestFiles(options.files);
  const outcomes = virtualMachinesIn(manifests, options.files)
    .map((virtualMachine) => decide(virtualMachine, manifests, environment, options));
  const style = styleFor(Deno.stdout.isTerminal(), environment);
  const errorStyle = styleFor(Deno.stderr.isTerminal(), environment);
  let exitCode = 0;
  const reports: unknown[] = [];
  for (const outcome of outcomes) {
    if (outcome.kind === "failed") {
      exitCode = 1;
      const { manifest } = outcome.virtualMachine;
      const [title, file, line] = [titleOf(manifest), manifest.file, manifest.lineOf([])];
      if (options.output === "json") {
        reports.push({ virtualMachine: title, file, line, failure: outcome.failure });
      } else {
        console.error(
          `${errorStyle.strong(title)} ${errorStyle.quiet(`(${file}:${line})`)}: ` +
            `${outcome.startsVm ? "" : "the VM would not start. "}${outcome.failure}`,
        );
      }
      continue;
    }
    const { plan } = outcome;
    const unreadable = unreadableAnnotation(plan.virtualMachine);
    if (unreadable !== undefined) {
      exitCode = 1;
      // The other outputs have it in their warnings.
      if (["user-data", "domain"].includes(options.output)) {
        console.error(errorStyle.doubtful(unreadable));
      }
    }
    const report = reportOf(plan, outcome.identity, outcome.admission);
    const title = report.virtualMachine;
    switch (options.output) {
      case "text":
        console.log(previewText(report, style));
        break;
      case "json":
        reports.push(report);
        break;
      case "domain":
        if (report.domain.diff.length === 0) {
          console.log(`${title}: the domain is unchanged.`);
          break;
        }
        console.log(style.strong(`--- ${title}: the relevant parts of KubeVirt's domain`));
        console.log(style.strong(`+++ ${title}: with the sidecar`));
        for (const line of withShortStrings(report.domain.diff)) {
          console.log(diffLine(line, style));
        }
        break;
      case "user-data":
        printUserData(plan, outcomes.length);
    }
  }
  if (options.output === "json") console.log(JSON.stringify(reports, null, 2));
  if (options.output === "text" && exitCode === 0 && !options.files.includes("-")) {
    console.log(`To find mistakes, run: eks-irsa-sidecar check ${options.files.join(" ")}`);
  }
  return exitCode;
}

function decide(
  written: VirtualMachine,
  manifests: readonly Manifest[],
  environment: Readonly<Record<string, string>>,
  { roleArn, region, tokenFile, serveArguments }: PreviewOptions,
): Outcome {
  const isGiven = roleArn !== undefined || captureIdentity(environment) !== undefined;
  const admission = admissionOf(written, manifests, { hasRole: isGiven });
  const virtualMachine = { ...written, vmi: admission.admitted };
  const name = admission.account;
  const { namespace } = virtualMachine.manifest;
  const found = findObject(manifests, "ServiceAccount", namespace, name);
  const role = accountRole(manifests, namespace, name);
  const identity = assumedIdentity({
    environment,
    kind: admission.identity,
    roleArn,
    region,
    tokenFile,
    serviceAccount: found === undefined && role === undefined ? undefined : { name, role },
  });
  if (admission.outcome.kind === "refused" && admission.outcome.reason === "a name is taken") {
    return {
      kind: "failed",
      virtualMachine,
      startsVm: false,
      failure:
        "A volume of it has the name eks-irsa-sidecar-token or eks-irsa-sidecar-account, which the " +
        "admission policy needs: rename that volume.",
    };
  }
  const plan = planManifest(virtualMachine, identity, serveArguments, manifests);
  if (plan.kind === "planned") return { kind: "planned", plan, identity, admission };
  // Without a role no hook fails, because the sidecar subscribes to none.
  const condition = identity.hasRole || plan.kind === "args refused"
    ? ""
    : ` This applies once the service account ${name} has a role; it has none now.`;
  const startsVm = plan.kind === "no share" && plan.startsVm;
  return { kind: "failed", virtualMachine, startsVm, failure: plan.message + condition };
}

function printUserData(
  { hookPoints, guest, cloudInit }: ManifestPlan,
  virtualMachines: number,
): void {
  if (virtualMachines > 1) {
    throw new ManifestError(
      `--output user-data prints the user data of one virtual machine, and there are ${virtualMachines}: give ` +
        "a file with only one.",
    );
  }
  const isKnown = hookPoints.has("PreCloudInitIso") && cloudInit !== undefined &&
    cloudInit.userData.kind !== "secret";
  if (isKnown) {
    const userData = plannedUserData(maskSecrets(guest));
    let rest = userData === undefined ? guest.original : new TextEncoder().encode(userData);
    // A pipe may accept less than all at once.
    while (rest.length > 0) rest = rest.subarray(Deno.stdout.writeSync(rest));
    return;
  }
  throw new ManifestError(
    cloudInit?.userData.kind === "secret"
      ? `The user data is ${whereInSecret(cloudInit.userData)}: add the Secret with the user data.`
      : "The sidecar would not change the user data: --output text prints the reason.",
  );
}
