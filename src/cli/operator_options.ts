import { isTokenFile } from "../identity/identity.ts";
import { isRoleArn } from "../identity/role_arn.ts";
import { CHECK_OUTPUTS, DECISION_FLAG_NAMES, PREVIEW_OUTPUTS, SYSPREP_OUTPUTS } from "./flags.ts";
import { type Arguments, choice, lastValue } from "./read_flags.ts";
import { serveOptions } from "./serve_options.ts";
import { invalidValue, UsageError } from "./usage_error.ts";

/** The options of `preview`. A file named `-` is the standard input. */
export interface PreviewOptions {
  readonly files: readonly string[];
  readonly output: typeof PREVIEW_OUTPUTS[number];
  readonly roleArn: string | undefined;
  readonly region: string | undefined;
  /** The token's file in the pod; undefined for EKS's. */
  readonly tokenFile: string | undefined;
  /** Arguments for `serve`, which override those in the manifest's annotation. */
  readonly serveArguments: readonly string[];
}

/** The options of `check`. A file named `-` is the standard input. */
export interface CheckOptions {
  readonly files: readonly string[];
  /** Files that are read for service accounts alone. */
  readonly serviceAccountFiles: readonly string[];
  /** Files that are read for KubeVirt resources alone. */
  readonly kubevirtFiles: readonly string[];
  /** Files with the trust policies of roles. */
  readonly trustPolicyFiles: readonly string[];
  /** The audience that the cluster's pod identity webhook asks for; undefined if that is not known. */
  readonly tokenAudience: string | undefined;
  /** The token's file in the pod; undefined for EKS's. */
  readonly tokenFile: string | undefined;
  readonly output: typeof CHECK_OUTPUTS[number];
}

/** The options of `sysprep`. A file named `-` is the standard input. */
export type SysprepOptions =
  | { readonly output: "command" }
  | {
    readonly output: "file" | "patch";
    readonly files: readonly string[];
    /** Absent to take that of the service account among the manifests. */
    readonly roleArn: string | undefined;
    readonly region: string;
    readonly tokenFile: string | undefined;
  };

/**
 * Reads the options of `preview`.
 *
 * @throws {UsageError} without a file, and for a value that a flag cannot have.
 */
export function previewOptions(args: Arguments): PreviewOptions {
  // Refuses the values that `serve` would refuse.
  serveOptions(args);
  return {
    files: files(args, "preview"),
    output: choice(args, "output", PREVIEW_OUTPUTS) ?? "text",
    roleArn: roleArn(args),
    region: lastValue(args, "region"),
    tokenFile: tokenFile(args),
    serveArguments: DECISION_FLAG_NAMES.flatMap((flag) => {
      const value = lastValue(args, flag);
      return value === undefined ? [] : [`--${flag}=${value}`];
    }),
  };
}

/**
 * Reads the options of `check`.
 *
 * @throws {UsageError} without a file, and for a value that a flag cannot have.
 */
export function checkOptions(args: Arguments): CheckOptions {
  return {
    files: files(args, "check"),
    serviceAccountFiles: (args.values.get("service-account") ?? []).map(inputFile),
    kubevirtFiles: (args.values.get("kubevirt") ?? []).map(inputFile),
    trustPolicyFiles: (args.values.get("trust-policy") ?? []).map(inputFile),
    tokenAudience: lastValue(args, "token-audience"),
    tokenFile: tokenFile(args),
    output: choice(args, "output", CHECK_OUTPUTS) ?? "text",
  };
}

/**
 * Reads the options of `sysprep`.
 *
 * @throws {UsageError} without a file or a region where the script is to be printed, and for a value that a flag
 * cannot have.
 */
export function sysprepOptions(args: Arguments): SysprepOptions {
  const output = choice(args, "output", SYSPREP_OUTPUTS) ?? "file";
  const role = roleArn(args);
  if (output === "command") return { output };
  const region = lastValue(args, "region");
  const named = files(args, "sysprep");
  if (region === undefined) {
    throw new UsageError(
      "The script names the region, which is in no manifest: set that of the cluster with --region.",
    );
  }
  return { output, files: named, roleArn: role, region, tokenFile: tokenFile(args) };
}

function roleArn(args: Arguments): string | undefined {
  const value = lastValue(args, "role-arn");
  if (value !== undefined && !isRoleArn(value)) {
    const advice = "Use arn:aws:iam::ACCOUNT:role/NAME with the 12 digits of the account.";
    throw invalidValue("role-arn", value, advice);
  }
  return value;
}

function tokenFile(args: Arguments): string | undefined {
  const value = lastValue(args, "token-file");
  if (value !== undefined && !isTokenFile(value)) {
    const advice = "Use the value that AWS_WEB_IDENTITY_TOKEN_FILE has in a pod, an absolute path.";
    throw invalidValue("token-file", value, advice);
  }
  return value;
}

function files({ operands }: Arguments, command: string): readonly string[] {
  if (operands.length === 0) {
    throw new UsageError(
      `The command ${command} needs a manifest: a FILE, or - for the standard input.`,
    );
  }
  return operands.map(inputFile);
}

/** Deno opens a device only with --allow-all, which the program does not have. */
function inputFile(name: string): string {
  return name === "/dev/stdin" ? "-" : name;
}
