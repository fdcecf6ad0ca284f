import type { CheckOptions } from "../../cli/command_line.ts";
import { ignoreBrokenPipe } from "../../cli/output.ts";
import { styleFor } from "../../cli/style.ts";
import { type Manifest, ManifestError } from "../manifest/manifest.ts";
import { nameOfFile, readManifestFiles } from "../manifest/read_files.ts";
import { isTrustPolicy } from "../manifest/trust_policy.ts";
import { virtualMachinesIn } from "../manifest/virtual_machine.ts";
import { checkContext, type WebhookOptions } from "./check_context.ts";
import type { Finding } from "./finding.ts";
import { type CheckedVirtualMachine, checkJson, checkText } from "./report.ts";
import { RULES } from "./rules/registry.ts";

/**
 * Prints what is wrong with the virtual machines of some manifests.
 *
 * @returns The exit code: 1 if there are errors, even if nobody reads the output.
 * @throws {ManifestError} if a file cannot be used, or there is no virtual machine in it.
 * @throws if the output cannot be written.
 */
export async function check(options: CheckOptions): Promise<number> {
  const files = [
    ...options.files,
    ...options.serviceAccountFiles,
    ...options.kubevirtFiles,
    ...options.trustPolicyFiles,
  ];
  const manifests = await readManifestFiles(files);
  assertHolds(manifests, options.serviceAccountFiles, "--service-account", "ServiceAccount");
  assertHolds(manifests, options.kubevirtFiles, "--kubevirt", "KubeVirt", "HyperConverged");
  assertHoldsTrustPolicy(manifests, options.trustPolicyFiles);
  const checked = checkManifests(manifests, options.files, options);
  const findings = checked.flatMap((one) => one.findings);
  const errors = findings.filter(({ severity }) => severity === "error").length;
  ignoreBrokenPipe(() => {
    if (options.output === "json") {
      console.log(JSON.stringify(checked.map(checkJson), null, 2));
      return;
    }
    const style = styleFor(Deno.stdout.isTerminal(), Deno.env.toObject());
    for (const one of checked) console.log(checkText(one, style));
    console.log(
      `${count(errors, "error")}, ${count(findings.length - errors, "warning")} in ` +
        `${count(checked.length, "virtual machine")}.`,
    );
  });
  return errors > 0 ? 1 : 0;
}

/**
 * Applies the rules to every virtual machine among some manifests.
 *
 * @param files The files that the manifests are from, for the error message.
 * @throws {ManifestError} if there is no virtual machine.
 */
export function checkManifests(
  manifests: readonly Manifest[],
  files: readonly string[],
  webhookOptions: WebhookOptions = { tokenAudience: undefined, tokenFile: undefined },
): readonly CheckedVirtualMachine[] {
  return virtualMachinesIn(manifests, files).map((virtualMachine) => {
    const context = checkContext(virtualMachine, manifests, webhookOptions);
    const findings = RULES.flatMap(({ code, severity, find }) =>
      find(context).map((problem): Finding => ({ code, severity, ...problem }))
    );
    return { context, findings };
  });
}

/** @throws {ManifestError} if a file has no object of the kind that its flag is for. */
function assertHolds(
  manifests: readonly Manifest[],
  files: readonly string[],
  flag: string,
  kind: string,
  otherKind = kind,
): void {
  for (const file of files) {
    const own = manifests.filter((manifest) => manifest.file === nameOfFile(file));
    if (own.some((manifest) => [kind, otherKind].includes(manifest.kind))) continue;
    const kinds = [...new Set(own.map((manifest) => manifest.kind || "something without a kind"))];
    throw new ManifestError(
      `${nameOfFile(file)}: there is no ${kind} in it${
        kinds.length === 0 ? "" : `, but ${kinds.join(", ")}`
      }. Give ${flag} a file with a ${kind}.`,
    );
  }
}

/** @throws {ManifestError} if a file has no trust policy. */
function assertHoldsTrustPolicy(manifests: readonly Manifest[], files: readonly string[]): void {
  for (const file of files) {
    const name = nameOfFile(file);
    if (manifests.some((manifest) => manifest.file === name && isTrustPolicy(manifest))) continue;
    throw new ManifestError(
      `${name}: there is no trust policy in it. Give --trust-policy what this prints: aws iam get-role --role-name NAME`,
    );
  }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
