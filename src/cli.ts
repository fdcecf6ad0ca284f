import { parseArgs } from "node:util";
import type { TokenReaders } from "./guest/settings.ts";
import { type Hook, HOOK_VERSIONS, HOOKS, type HookVersion } from "./hooks/info.ts";
import type { WebhookShare } from "./identity/share.ts";
import type { GuestOs } from "./kubevirt/guest_os.ts";
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from "./log.ts";

/** The command line is not one that the program knows. The message is one line and names what is valid. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Everything that `serve` can be told. */
export interface ServeOptions {
  readonly versions: readonly HookVersion[];
  /** The hook points to subscribe to; absent if the VM's owner leaves it to the sidecar. */
  readonly hooks: readonly Hook[] | undefined;
  /** Where to listen; absent for the place that virt-launcher looks in. */
  readonly socket: string | undefined;
  readonly os: GuestOs | undefined;
  readonly mountPath: string | undefined;
  readonly webhookShare: WebhookShare;
  readonly tokenReaders: TokenReaders;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

/** What the program is to do. */
export type Command =
  | { readonly name: "help" }
  | { readonly name: "serve"; readonly options: ServeOptions };

const GUESTS = ["auto", "linux", "windows"] as const;

/** The flags, in the order of the help. */
const FLAGS = {
  "version": {
    value: HOOK_VERSIONS.toReversed().join("|"),
    help: "hook version to serve (default: all)",
  },
  "socket": {
    value: "PATH",
    help: "where to listen (default: /var/run/kubevirt-hooks/eks-irsa-$CONTAINER_NAME.sock)",
  },
  "hooks": {
    value: HOOKS.join(","),
    help: "hook points to subscribe to (default: both if the pod has a role, else none);\n" +
      "a VM without a cloud-init volume needs onDefineDomain alone",
  },
  "os": {
    value: GUESTS.join("|"),
    help: "the guest (default: auto, by the VMI and its user data)",
  },
  "mount-path": {
    value: "PATH",
    help: "where the guest mounts the share (default: /aws-iam-token, C:\\aws-iam-token)",
  },
  "mount-tag": { value: "TAG", help: "virtiofs tag of the share (default: aws-iam-token)" },
  "virtiofs-socket": {
    value: "PATH",
    help: "virtiofsd's socket, as the compute container sees it\n" +
      "(default: /var/run/kubevirt/virtiofs-containers/aws-iam-token.sock)",
  },
  "token-readers": {
    value: "everyone|root|group:NAME",
    help: "who may read the token in a Linux guest (default: everyone)",
  },
  "log-level": { value: LOG_LEVELS.join("|"), help: "least level to log (default: info)" },
  "log-format": {
    value: LOG_FORMATS.join("|"),
    help: "how to log (default: json, as KubeVirt does)",
  },
} as const satisfies Record<string, { readonly value: string; readonly help: string }>;

type Flag = keyof typeof FLAGS;

/**
 * Understands the command line.
 *
 * @throws {UsageError} for an unknown command, flag or value.
 */
export function parseCommandLine(args: readonly string[]): Command {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries([
      ...Object.keys(FLAGS).map((name) => [name, { type: "string" as const }]),
      ["help", { type: "boolean" as const, short: "h" }],
    ]),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<Flag, string>();
  let help = false;
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "positional") {
      if (index > 0 || token.value !== "serve") throw new UsageError(unknownCommand(token.value));
    } else if (token.kind === "option") {
      if (token.name === "help" || token.name === "h") {
        help = true;
      } else if (!isFlag(token.name)) {
        throw new UsageError(
          `Unknown flag ${token.rawName}. Valid are: --${Object.keys(FLAGS).join(", --")}, --help.`,
        );
      } else if (token.value === undefined || token.value === "") {
        throw new UsageError(`The flag --${token.name} needs a value: ${FLAGS[token.name].value}.`);
      } else {
        values.set(token.name, token.value);
      }
    }
  }
  return help ? { name: "help" } : { name: "serve", options: serveOptions(values) };
}

/** The text of `--help`. */
export function helpText(version: string): string {
  const lines = Object.entries(FLAGS).map(([name, { value, help }]) => {
    const indented = help.split("\n").map((line) => `        ${line}`);
    return [`  --${name} ${value}`, ...indented].join("\n");
  });
  return `eks-irsa-sidecar ${version}: a KubeVirt hook sidecar that gives a VM on EKS the IAM role of its service account

Usage: eks-irsa-sidecar [serve] [options]

${lines.join("\n")}
  --help
        print this text

Exit codes: 0 ended as asked, 1 failed, 2 the command line is wrong.
`;
}

function serveOptions(values: ReadonlyMap<Flag, string>): ServeOptions {
  const version = choice(values, "version", HOOK_VERSIONS);
  const os = choice(values, "os", GUESTS);
  return {
    versions: version === undefined ? HOOK_VERSIONS : [version],
    hooks: hooks(values.get("hooks")),
    socket: path(values, "socket"),
    os: os === "auto" ? undefined : os,
    mountPath: line(values, "mount-path"),
    webhookShare: {
      tag: mountTag(values),
      socket: path(values, "virtiofs-socket") ??
        "/var/run/kubevirt/virtiofs-containers/aws-iam-token.sock",
    },
    tokenReaders: tokenReaders(values.get("token-readers") ?? "everyone"),
    logLevel: choice(values, "log-level", LOG_LEVELS) ?? "info",
    logFormat: choice(values, "log-format", LOG_FORMATS) ?? "json",
  };
}

function choice<Value extends string>(
  values: ReadonlyMap<Flag, string>,
  flag: Flag,
  valid: readonly Value[],
): Value | undefined {
  const value = values.get(flag);
  if (value === undefined) return undefined;
  const found = valid.find((candidate) => candidate === value);
  if (found === undefined) {
    throw new UsageError(
      `The flag --${flag} cannot be ${JSON.stringify(value)}. Valid are: ${
        valid.toSorted().join(", ")
      }.`,
    );
  }
  return found;
}

function hooks(value: string | undefined): readonly Hook[] | undefined {
  return value?.split(",").map((name) => {
    const found = HOOKS.find((hook) => hook.toLowerCase() === name.trim().toLowerCase());
    if (found === undefined) {
      throw new UsageError(
        `The flag --hooks cannot have ${JSON.stringify(name)}. Valid are: ${HOOKS.join(", ")}.`,
      );
    }
    return found;
  });
}

function line(values: ReadonlyMap<Flag, string>, flag: Flag): string | undefined {
  const value = values.get(flag);
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  if (value !== undefined && /[\u0000-\u001f\u007f]/.test(value)) {
    throw new UsageError(
      `The flag --${flag} has a control character in it. Valid is: one line of text.`,
    );
  }
  return value;
}

function path(values: ReadonlyMap<Flag, string>, flag: Flag): string | undefined {
  const value = line(values, flag);
  // 108 bytes with the NUL at the end: unix(7), sun_path.
  if (value !== undefined && new TextEncoder().encode(value).length > 107) {
    throw new UsageError(
      `The flag --${flag} names a path of more than 107 bytes. Valid is: what fits a unix socket's address.`,
    );
  }
  return value;
}

function mountTag(values: ReadonlyMap<Flag, string>): string {
  const tag = line(values, "mount-tag") ?? "aws-iam-token";
  // The tag's field in the virtio-fs device configuration: virtio 1.2, section 5.11.4.
  if (new TextEncoder().encode(tag).length > 36) {
    throw new UsageError(
      "The flag --mount-tag has more than 36 bytes. Valid is: a virtiofs tag of up to 36.",
    );
  }
  return tag;
}

function tokenReaders(value: string): TokenReaders {
  if (value === "everyone" || value === "root") return value;
  const group = /^group:([A-Za-z_][A-Za-z0-9_.-]{0,31})$/.exec(value)?.[1];
  if (group === undefined) {
    throw new UsageError(
      `The flag --token-readers cannot be ${
        JSON.stringify(value)
      }. Valid are: everyone, root, group:NAME.`,
    );
  }
  return `group:${group}`;
}

function isFlag(name: string): name is Flag {
  return Object.hasOwn(FLAGS, name);
}

function unknownCommand(word: string): string {
  return `Unknown command ${
    JSON.stringify(word)
  }. Valid is: serve, which is also what runs without one.`;
}
