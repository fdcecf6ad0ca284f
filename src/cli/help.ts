import { type CommandDescription, type CommandName, COMMANDS } from "./commands.ts";
import type { Flag } from "./flags.ts";

const ABOUT = "a KubeVirt hook sidecar that gives a VM on EKS the IAM role of its service account";

const EXIT_CODES = "Exit codes: 0 success, 1 failure, 2 mistake in the command line.";
const EXIT_CODES_OF_CHECK =
  "Exit codes: 0 no errors, perhaps warnings; 1 errors found; 2 not checked: mistake in the command\n" +
  "line, unusable file, or output that cannot be written.";

/** The text of `--help` for one command; without one, the list of commands and the flags of `serve`. */
export function helpText(version: string, command?: CommandName): string {
  return command === undefined ? programHelp(version) : commandHelp(version, command);
}

function programHelp(version: string): string {
  return `eks-irsa-sidecar ${version}: ${ABOUT}

Usage: eks-irsa-sidecar [command] [options]

Commands (each has a --help):
${
    Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(12)}${summary}`)
      .join("\n")
  }

Options of serve:
${flagsHelp(COMMANDS.serve.flags)}

${EXIT_CODES}
`;
}

function commandHelp(version: string, name: CommandName): string {
  const { summary, usage, flags, operands, examples }: CommandDescription = COMMANDS[name];
  const notes = operands === "files"
    ? "FILE is YAML or JSON with any number of documents; - is the standard input.\n\n"
    : "";
  return `eks-irsa-sidecar ${version} ${name}: ${summary}

Usage: eks-irsa-sidecar ${usage}

${notes}${flagsHelp(flags)}

${examples.length === 1 ? "Example" : "Examples"}:
${examples.map((example) => `  ${example}`).join("\n")}

${name === "check" ? EXIT_CODES_OF_CHECK : EXIT_CODES}
`;
}

function flagsHelp(flags: Readonly<Record<string, Flag>>): string {
  return [
    ...Object.entries(flags).map(([name, { value, help }]) =>
      [`  --${name} ${value}`, ...help.split("\n").map((line) => `        ${line}`)].join("\n")
    ),
    "  --help\n        print this text",
  ].join("\n");
}
