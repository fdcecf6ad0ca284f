import type { CheckOptions } from "../cli.ts";
import { styleFor } from "../cli/style.ts";
import type { Manifest } from "../manifest/manifest.ts";
import { readManifestFiles } from "../manifest/read_files.ts";
import { virtualMachinesIn } from "../manifest/virtual_machine.ts";
import { type CheckedVirtualMachine, checkJson, checkText } from "./report.ts";
import { RULES } from "./rules/mod.ts";
import { subjectOf } from "./subject.ts";

/**
 * Prints what is wrong with the virtual machines of some manifests.
 *
 * @returns The exit code: 1 if there are errors.
 * @throws {ManifestError} if a file cannot be used, or there is no virtual machine in it.
 */
export async function check(options: CheckOptions): Promise<number> {
  const files = [...options.files, ...options.serviceAccountFiles, ...options.kubevirtFiles];
  const checked = checkManifests(await readManifestFiles([...new Set(files)]), options.files);
  const findings = checked.flatMap((one) => one.findings);
  const errors = findings.filter(({ severity }) => severity === "error").length;
  if (options.output === "json") {
    console.log(JSON.stringify(checked.map(checkJson), null, 2));
  } else {
    const style = styleFor(Deno.stdout.isTerminal(), Deno.env.get("NO_COLOR"));
    for (const one of checked) console.log(checkText(one, style));
    console.log(
      `${count(errors, "error")}, ${count(findings.length - errors, "warning")} in ` +
        `${count(checked.length, "virtual machine")}.`,
    );
  }
  return errors > 0 ? 1 : 0;
}

/**
 * Applies the rules to every virtual machine among some manifests.
 *
 * @param files What the manifests were read from, for the message.
 * @throws {ManifestError} if there is no virtual machine.
 */
export function checkManifests(
  manifests: readonly Manifest[],
  files: readonly string[],
): readonly CheckedVirtualMachine[] {
  return virtualMachinesIn(manifests, files).map((virtualMachine) => {
    const subject = subjectOf(virtualMachine, manifests);
    return { subject, findings: RULES.flatMap((rule) => rule(subject)) };
  });
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
