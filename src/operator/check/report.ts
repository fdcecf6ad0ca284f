import type { Style } from "../../cli/style.ts";
import { member } from "../../text/json.ts";
import { ourSidecar } from "../manifest/hook_sidecars.ts";
import { titleOf } from "../manifest/manifest.ts";
import { formatPath } from "../manifest/path.ts";
import type { CheckContext } from "./check_context.ts";
import { type Finding, lineOfFinding } from "./finding.ts";
import { guaranteedBy } from "./guaranteed.ts";
import { sidecarLimits } from "./kubevirt_configuration.ts";
import { notChecked } from "./not_checked.ts";

/** A virtual machine, and the findings about it. */
export interface CheckedVirtualMachine {
  readonly context: CheckContext;
  readonly findings: readonly Finding[];
}

/** The width to which sentences are wrapped. */
const MAX_COLUMNS = 100;

/** Information that is not about a mistake. */
export function notesOn(
  { kubevirt, sidecars, virtualMachine: { vmi } }: CheckContext,
): readonly string[] {
  if (ourSidecar(sidecars) === undefined || guaranteedBy(vmi) === undefined) return [];
  const configured = kubevirt && sidecarLimits(kubevirt)?.limits;
  const limit = (name: string, standard: string) => String(member(configured, name) ?? standard);
  return [
    "The VM's pod has the QoS class Guaranteed: KubeVirt gives the sidecar " +
    `${limit("cpu", "200m")} CPU and ${
      limit("memory", "64M")
    } memory, as requests and as limits. ` +
    "Measurements show that 200m and 64M are enough.",
  ];
}

/** The findings about a virtual machine, for people. */
export function checkText({ context, findings }: CheckedVirtualMachine, style: Style): string {
  const { manifest } = context.virtualMachine;
  return [
    `${style.strong(titleOf(manifest))} ${
      style.quiet(`(${manifest.file}:${manifest.lineOf([])})`)
    }`,
    ...(findings.length === 0 ? [style.good("  Nothing wrong was found.")] : []),
    ...findings.flatMap((finding) => findingLines(finding, style)),
    ...[
      ...notesOn(context).map((note) => `Note: ${note}`),
      ...notChecked(context).map((sentence) => `Not checked: ${sentence}`),
    ].flatMap((line) => wrapped(line, "  ")).map(style.quiet),
    "",
  ].join("\n");
}

/** The findings about a virtual machine, as `--output json` prints them. */
export function checkJson({ context, findings }: CheckedVirtualMachine) {
  return {
    virtualMachine: titleOf(context.virtualMachine.manifest),
    sidecar: ourSidecar(context.sidecars)?.image ?? null,
    findings: findings.map((finding) => ({
      code: finding.code,
      severity: finding.severity,
      what: finding.what,
      where: {
        file: finding.manifest.file,
        line: lineOfFinding(finding),
        path: formatPath(finding.path),
      },
      why: finding.why,
      fix: finding.fix,
      ...(finding.snippet === undefined ? {} : { snippet: finding.snippet }),
    })),
    notes: notesOn(context),
    notChecked: notChecked(context),
  };
}

function findingLines(finding: Finding, style: Style): readonly string[] {
  const { code, severity, manifest, path, snippet } = finding;
  const paint = severity === "error" ? style.bad : style.doubtful;
  return [
    `  ${paint(`${severity} ${code}`)} ${
      style.quiet(`${manifest.file}:${lineOfFinding(finding)} ${formatPath(path)}`)
    }`,
    ...wrapped(finding.what, "    "),
    ...wrapped(`Why: ${finding.why}`, "    "),
    ...wrapped(`Fix: ${finding.fix}`, "    "),
    // Not wrapped, so that it can be copied.
    ...(snippet === undefined ? [] : [`      ${snippet}`]),
  ];
}

/** Wraps a sentence. Words are never split, so that a long path can be copied. */
function wrapped(sentence: string, indentation: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of sentence.split(" ")) {
    if (line !== "" && indentation.length + line.length + 1 + word.length > MAX_COLUMNS) {
      lines.push(indentation + line);
      line = "  " + word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, indentation + line];
}
