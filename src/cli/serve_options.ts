import type { TokenReaders } from "../guest/settings.ts";
import {
  havePreCloudInitIso,
  type Hook,
  HOOK_VERSIONS,
  HOOKS,
  type HookVersion,
} from "../hooks/info.ts";
import type { GuestOs } from "../kubevirt/guest_os.ts";
import type { VmOptions } from "../plan/options.ts";
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from "../log/logger.ts";
import { GUESTS, type ServeFlag } from "./flags.ts";
import { assertGuestOptions } from "./guest_options.ts";
import { type Arguments, choice, lastValue } from "./read_flags.ts";
import { UsageError } from "./usage_error.ts";

/** Everything that `serve` can be told. */
export interface ServeOptions extends VmOptions {
  readonly versions: readonly HookVersion[];
  /** The hook points to subscribe to; absent if the VM's owner leaves it to the sidecar. */
  readonly hooks: readonly Hook[] | undefined;
  /** Where to listen; absent for the place that virt-launcher looks in. */
  readonly socket: string | undefined;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

/**
 * Understands the values of `serve`'s flags.
 *
 * @throws {UsageError} for a value that a flag cannot have, and for values that do not go together.
 */
export function serveOptions(args: Arguments): ServeOptions {
  const version = choice(args, "version", HOOK_VERSIONS);
  const versions = version === undefined ? HOOK_VERSIONS : [version];
  const os = guestOs(args);
  const mountPath = line(args, "mount-path");
  const readers = tokenReaders(lastValue(args, "token-readers") ?? "everyone");
  const tag = mountTag(args);
  assertGuestOptions(os, mountPath, tag, readers);
  return {
    versions,
    hooks: hooks(lastValue(args, "hooks"), versions),
    socket: path(args, "socket"),
    os,
    mountPath,
    webhookShare: { kind: "webhook", tag, socket: virtiofsSocket(args) },
    tokenReaders: readers,
    logLevel: choice(args, "log-level", LOG_LEVELS) ?? "info",
    logFormat: choice(args, "log-format", LOG_FORMATS) ?? "json",
  };
}

function guestOs(args: Arguments): GuestOs | undefined {
  const os = choice(args, "os", GUESTS);
  return os === "auto" ? undefined : os;
}

function hooks(
  value: string | undefined,
  versions: readonly HookVersion[],
): readonly Hook[] | undefined {
  const chosen = value?.split(",").map((name) => {
    const found = HOOKS.find((hook) => hook.toLowerCase() === name.trim().toLowerCase());
    if (found === undefined) {
      throw new UsageError(
        `The flag --hooks cannot have ${JSON.stringify(name)}. Valid are: ${HOOKS.join(", ")}.`,
      );
    }
    return found;
  });
  if (chosen?.includes("preCloudInitIso") && !havePreCloudInitIso(versions)) {
    throw new UsageError(
      `The flag --hooks cannot have preCloudInitIso with --version ${
        versions.join(", ")
      }, which does not ` +
        "have it yet. Valid are: onDefineDomain alone, or a later version.",
    );
  }
  return chosen;
}

function line(args: Arguments, flag: ServeFlag): string | undefined {
  const value = lastValue(args, flag);
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  if (value !== undefined && /[\u0000-\u001f\u007f]/.test(value)) {
    throw new UsageError(
      `The flag --${flag} has a control character in it. Valid is: one line of text.`,
    );
  }
  return value;
}

function path(args: Arguments, flag: ServeFlag): string | undefined {
  const value = line(args, flag);
  // 108 bytes with the NUL at the end: unix(7), sun_path.
  if (value !== undefined && new TextEncoder().encode(value).length > 107) {
    throw new UsageError(
      `The flag --${flag} names a path of more than 107 bytes. Valid is: what fits a unix socket's address.`,
    );
  }
  return value;
}

/** The domain names it: QEMU would look for a relative one below its own working folder. */
function virtiofsSocket(args: Arguments): string {
  const socket = path(args, "virtiofs-socket") ??
    "/var/run/kubevirt/virtiofs-containers/aws-iam-token.sock";
  if (!socket.startsWith("/")) {
    throw new UsageError(
      `The flag --virtiofs-socket cannot be ${
        JSON.stringify(socket)
      }. Valid is: an absolute path in the ` +
        "compute container.",
    );
  }
  return socket;
}

function mountTag(args: Arguments): string {
  const tag = line(args, "mount-tag") ?? "aws-iam-token";
  // The tag's field in the virtio-fs device configuration: virtio 1.2, section 5.11.4.
  if (new TextEncoder().encode(tag).length > 36) {
    throw new UsageError(
      "The flag --mount-tag has more than 36 bytes. Valid is: a virtiofs tag of up to 36.",
    );
  }
  // mount(8) takes the first for flags, the second for what to look the device up by.
  if (/^-|^[A-Z]+=|^\s|\s$/.test(tag)) {
    throw new UsageError(
      `The flag --mount-tag cannot be ${
        JSON.stringify(tag)
      }: the guest's mount would not take it for a ` +
        "tag. Valid is: one that does not open with a hyphen or with LABEL= and the like, and has no space at its ends.",
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
