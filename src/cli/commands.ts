import { CHECK_FLAGS, type Flag, PREVIEW_FLAGS, SERVE_FLAGS, SYSPREP_FLAGS } from "./flags.ts";

/** A command, as the help and the shell completion show it. */
export interface CommandDescription {
  readonly summary: string;
  readonly usage: string;
  readonly flags: Readonly<Record<string, Flag>>;
  /** What follows the flags: files, one of some words, or nothing. */
  readonly operands: "files" | readonly string[];
  readonly examples: readonly string[];
}

export const SHELLS = ["bash", "zsh"] as const;
export type Shell = typeof SHELLS[number];

/** The commands, in the order of the help. */
export const COMMAND_NAMES = [
  "serve",
  "preview",
  "check",
  "sysprep",
  "completion",
  "help",
  "version",
] as const;
export type CommandName = typeof COMMAND_NAMES[number];

export const COMMANDS = {
  serve: {
    summary: "run as a hook sidecar; this is the default command",
    usage: "[serve] [options]",
    flags: SERVE_FLAGS,
    operands: [],
    examples: ["eks-irsa-sidecar serve --socket /tmp/irsa.sock --log-format text"],
  },
  preview: {
    summary: "show what the sidecar would do to the VMs of a manifest; needs no cluster",
    usage: "preview [options] FILE...",
    flags: PREVIEW_FLAGS,
    operands: "files",
    examples: [
      "eks-irsa-sidecar preview vm.yaml --role-arn arn:aws:iam::111122223333:role/vm",
      "kubectl get vm db -o yaml | eks-irsa-sidecar preview -",
    ],
  },
  check: {
    summary: "find mistakes that would keep the VMs of a manifest from getting their role",
    usage: "check [options] FILE...",
    flags: CHECK_FLAGS,
    operands: "files",
    examples: ["eks-irsa-sidecar check vm.yaml --service-account sa.yaml --kubevirt kubevirt.yaml"],
  },
  sysprep: {
    summary: "print the script for the sysprep volume of a Windows VM without cloud-init",
    usage: "sysprep [options] FILE...",
    flags: SYSPREP_FLAGS,
    operands: "files",
    examples: [
      "eks-irsa-sidecar sysprep vm.yaml --region us-east-1 >eks-irsa-sidecar.ps1",
      "eks-irsa-sidecar sysprep vm.yaml --region us-east-1 --output patch",
      "eks-irsa-sidecar sysprep --output command",
    ],
  },
  completion: {
    summary: "print a script that completes this command line in a shell",
    usage: "completion bash|zsh",
    flags: {},
    operands: SHELLS,
    examples: [
      'eval "$(eks-irsa-sidecar completion bash)"',
      'eval "$(eks-irsa-sidecar completion zsh)"',
    ],
  },
  help: {
    summary: "print the help of the program or of a command",
    usage: "help [command]",
    flags: {},
    operands: COMMAND_NAMES,
    examples: ["eks-irsa-sidecar help check"],
  },
  version: {
    summary: "print the version of the program",
    usage: "version",
    flags: {},
    operands: [],
    examples: ["eks-irsa-sidecar version"],
  },
} as const satisfies Record<CommandName, CommandDescription>;

/** Whether a word is the name of a command. */
export function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(COMMANDS, word);
}
