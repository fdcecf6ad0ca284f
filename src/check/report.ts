import type { Style } from "../cli/style.ts";
import { titleOf } from "../manifest/manifest.ts";
import { findServiceAccount } from "../manifest/service_account.ts";
import { formatPath } from "../manifest/path.ts";
import type { Finding } from "./finding.ts";
import type { Subject } from "./subject.ts";

/** What was found wrong with one virtual machine. */
export interface CheckedVirtualMachine {
  readonly subject: Subject;
  readonly findings: readonly Finding[];
}

/** The width that findings are wrapped to. */
const WIDTH = 100;

/** What could not be looked at, as sentences. */
export function notChecked(subject: Subject): readonly string[] {
  const { manifests, serviceAccount, cloudInit, kubevirt, virtualMachine: { manifest } } = subject;
  return [
    ...(manifests.some(({ kind }) => kind === "ServiceAccount") ||
        findServiceAccount(manifests, manifest.namespace, serviceAccount.name) !== undefined
      ? []
      : [
        `The role of the service account ${serviceAccount.name}: give its manifest with --service-account.`,
      ]),
    ...(kubevirt === undefined
      ? ["The feature gates: give the KubeVirt manifest with --kubevirt."]
      : []),
    ...(cloudInit?.userData.kind === "secret"
      ? [`The user data: it is in the Secret ${cloudInit.userData.secret}.`]
      : []),
  ];
}

/** A virtual machine's findings for people. */
export function checkText({ subject, findings }: CheckedVirtualMachine, style: Style): string {
  const { manifest } = subject.virtualMachine;
  return [
    `${style.strong(titleOf(manifest))} ${
      style.quiet(`(${manifest.file}:${manifest.lineOf([])})`)
    }`,
    ...(findings.length === 0 ? [style.good("  Nothing wrong was found.")] : []),
    ...findings.flatMap((finding) => findingLines(finding, style)),
    ...notChecked(subject).map((sentence) => style.quiet(`  Not checked: ${sentence}`)),
    "",
  ].join("\n");
}

/** A virtual machine's findings for programs. */
export function checkJson({ subject, findings }: CheckedVirtualMachine) {
  return {
    virtualMachine: titleOf(subject.virtualMachine.manifest),
    findings: findings.map(({ code, severity, manifest, path, what, why, mend }) => ({
      code,
      severity,
      what,
      where: { file: manifest.file, line: manifest.lineOf(path), path: formatPath(path) },
      why,
      mend,
    })),
    notChecked: notChecked(subject),
  };
}

function findingLines(finding: Finding, style: Style): readonly string[] {
  const { code, severity, manifest, path } = finding;
  const paint = severity === "error" ? style.bad : style.doubtful;
  return [
    `  ${paint(`${severity} ${code}`)} ${
      style.quiet(`${manifest.file}:${manifest.lineOf(path)} ${formatPath(path)}`)
    }`,
    ...wrapped(finding.what, "    "),
    ...wrapped(`Why: ${finding.why}`, "    "),
    ...wrapped(`Mend: ${finding.mend}`, "    "),
  ];
}

/** A sentence in lines. A word that is longer than a line stays whole, to be copied. */
function wrapped(sentence: string, indentation: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of sentence.split(" ")) {
    if (line !== "" && indentation.length + line.length + 1 + word.length > WIDTH) {
      lines.push(indentation + line);
      line = "  " + word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, indentation + line];
}
