import type { TokenReaders } from "../guest/settings.ts";
import {
  havePreCloudInitIso,
  type Hook,
  HOOK_VERSIONS,
  HOOKS,
  type HookVersion,
} from "../hooks/info.ts";
import type { GuestOs } from "../kubevirt/guest_os.ts";
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from "../log/logger.ts";
import { DELIVERIES, type Delivery, type VmOptions } from "../plan/options.ts";
import { GUESTS, type ServeFlag } from "./flags.ts";
import { assertGuestOptions } from "./guest_options.ts";
import { type Arguments, choice, lastValue } from "./read_flags.ts";
import { invalidValue, UsageError } from "./usage_error.ts";

/** Linux keeps the path of a unix socket in 108 bytes, of which the last is NUL: unix(7), sun_path. */
const MAX_SOCKET_PATH_BYTES = 107;

/** The tag's field in the virtio-fs device configuration: virtio 1.2, section 5.11.4. */
const MAX_TAG_BYTES = 36;

/** The options of `serve`. */
export interface ServeOptions extends VmOptions {
  readonly versions: readonly HookVersion[];
  /** The hook points to subscribe to; absent to let the sidecar choose. */
  readonly hooks: readonly Hook[] | undefined;
  /** The path of the socket to listen on; absent for the default, in the folder that virt-launcher watches. */
  readonly socket: string | undefined;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

/**
 * Reads the options of `serve`.
 *
 * @throws {UsageError} for a value that a flag cannot have, and for values that contradict each other.
 */
export function serveOptions(args: Arguments): ServeOptions {
  const version = choice(args, "version", HOOK_VERSIONS);
  const versions = version === undefined ? HOOK_VERSIONS : [version];
  const os = guestOs(args);
  const mountPath = oneLine(args, "mount-path");
  const readers = tokenReaders(lastValue(args, "token-readers") ?? "everyone");
  const tag = mountTag(args);
  assertGuestOptions(os, mountPath, tag, readers);
  const chosenHooks = hooks(lastValue(args, "hooks"), versions);
  return {
    versions,
    hooks: chosenHooks,
    socket: socketPath(args, "socket"),
    os,
    mountPath,
    webhookShare: { kind: "webhook", tag, socket: virtiofsSocket(args) },
    tokenReaders: readers,
    delivery: delivery(args, chosenHooks ?? HOOKS, versions),
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
        `The flag --hooks cannot have ${JSON.stringify(name)}. Valid values: ${HOOKS.join(", ")}.`,
      );
    }
    return found;
  });
  if (chosen?.includes("preCloudInitIso") && !havePreCloudInitIso(versions)) {
    throw new UsageError(
      `The flag --hooks cannot have preCloudInitIso with --version ${
        versions.join(", ")
      }, which does not ` +
        "have that hook point. Use onDefineDomain alone, or a later version.",
    );
  }
  return chosen;
}

/** Without one of the hook points, the other one alone delivers. */
function delivery(
  args: Arguments,
  hooks: readonly Hook[],
  versions: readonly HookVersion[],
): Delivery {
  const chosen = choice(args, "delivery", DELIVERIES) ?? "auto";
  if (!hooks.includes("onDefineDomain")) {
    if (chosen !== "domain") return "cloud-init";
    throw new UsageError(
      "The flag --delivery cannot be domain without onDefineDomain in --hooks. Change one of them.",
    );
  }
  const asksCloudInit = hooks.includes("preCloudInitIso") && havePreCloudInitIso(versions);
  return chosen === "auto" && !asksCloudInit ? "domain" : chosen;
}

function oneLine(args: Arguments, flag: ServeFlag): string | undefined {
  const value = lastValue(args, flag);
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  if (value !== undefined && /[\u0000-\u001f\u007f]/.test(value)) {
    throw new UsageError(
      `The flag --${flag} has a control character. Use one line of text.`,
    );
  }
  return value;
}

function socketPath(args: Arguments, flag: ServeFlag): string | undefined {
  const value = oneLine(args, flag);
  if (value !== undefined && new TextEncoder().encode(value).length > MAX_SOCKET_PATH_BYTES) {
    throw new UsageError(
      `The flag --${flag} names a path of more than ${MAX_SOCKET_PATH_BYTES} bytes, the longest for a unix socket.`,
    );
  }
  return value;
}

/** The domain names this path, and QEMU would resolve a relative one from its own working folder. */
function virtiofsSocket(args: Arguments): string {
  const socket = socketPath(args, "virtiofs-socket") ??
    "/var/run/kubevirt/virtiofs-containers/aws-iam-token.sock";
  if (!socket.startsWith("/")) {
    throw invalidValue("virtiofs-socket", socket, "Use an absolute path in the compute container.");
  }
  return socket;
}

function mountTag(args: Arguments): string {
  const tag = oneLine(args, "mount-tag") ?? "aws-iam-token";
  if (new TextEncoder().encode(tag).length > MAX_TAG_BYTES) {
    throw new UsageError(
      `The flag --mount-tag has more than ${MAX_TAG_BYTES} bytes, the longest for a virtiofs tag.`,
    );
  }
  // mount(8) reads a leading hyphen as a flag, and a prefix such as LABEL= as a way to look up a device.
  if (/^-|^[A-Z]+=|^\s|\s$/.test(tag)) {
    throw invalidValue(
      "mount-tag",
      tag,
      "Use a tag that does not start with a hyphen or a prefix such as LABEL=, and has no space at either end: " +
        "the guest's mount would misread it.",
    );
  }
  return tag;
}

function tokenReaders(value: string): TokenReaders {
  if (value === "everyone" || value === "root") return value;
  const group = /^group:([A-Za-z_][A-Za-z0-9_.-]{0,31})$/.exec(value)?.[1];
  if (group === undefined) {
    throw invalidValue("token-readers", value, "Valid values: everyone, root, group:NAME.");
  }
  return `group:${group}`;
}
