import { readForCloudInit } from "../cloud_init/cloud_init_reader.ts";
import { readForCloudbaseInit } from "../cloud_init/cloudbase_init_reader.ts";
import { type CloudInitData, originalUserData } from "../cloud_init/data.ts";
import { embedUserData, writeUserData } from "../cloud_init/embed.ts";
import { userDataOsHint } from "../cloud_init/os_hint.ts";
import { type Embedding, type Reader, unpack, type UserData } from "../cloud_init/user_data.ts";
import { oemStrings } from "../credentials/oem_strings.ts";
import type { OemString } from "../domain/oem_strings.ts";
import type { LeftOut } from "../guest/guest.ts";
import { GUESTS } from "../guest/guests.ts";
import { linuxGuest } from "../guest/linux/guest.ts";
import type { GuestSettings } from "../guest/settings.ts";
import { guestVariables } from "../guest/variables.ts";
import { type AgentAccess, agentAccess } from "../identity/agent.ts";
import type { Identity } from "../identity/identity.ts";
import { isSecretVariable } from "../identity/secret_variables.ts";
import type { TokenShare } from "../identity/share.ts";
import { detectGuestOs, type GuestOs, type GuestOsVerdict } from "../kubevirt/guest_os.ts";
import { findOtherReader, type ReaderVerdict } from "../kubevirt/other_reader.ts";
import type { Vmi } from "../kubevirt/vmi.ts";
import { decodeBase64 } from "../text/base64.ts";
import { InvalidInput } from "../text/invalid_input.ts";
import { decodeUtf8 } from "../text/utf8.ts";
import type { VmOptions } from "./options.ts";

/** The program in each guest that reads user data. */
const READERS: Readonly<Record<GuestOs, Reader>> = {
  linux: readForCloudInit,
  windows: readForCloudbaseInit,
};

/** What the guest of a VM gets. */
export interface GuestPlan {
  readonly os: GuestOsVerdict;
  /** The guest's own reader, if that is not cloud-init and takes no MIME message. */
  readonly otherReader: ReaderVerdict | undefined;
  readonly share: TokenShare;
  /** How the guest reaches the agent of EKS Pod Identity; undefined if it needs none. */
  readonly agentAccess: AgentAccess | undefined;
  readonly settings: GuestSettings;
  /** The variables whose values the guest cannot hold. */
  readonly leftOut: readonly LeftOut[];
  /** The user data as the VM's owner wrote it. */
  readonly original: Uint8Array;
  /** How it is put into the message with our parts. */
  readonly embedding: Embedding;
  readonly domainDelivery: DomainDelivery;
}

/** When the domain's OEM strings give the guest the role: cloud-init may be switched off in a guest. */
export type DomainDelivery = "never" | "unless cloud-init runs" | "always";

/** A role whose token the guest can reach. */
export interface SharedRole {
  readonly identity: Identity;
  readonly share: TokenShare;
}

/**
 * Decides what the guest of a VM gets whose pod has a role.
 *
 * @throws {InvalidInput} if KubeVirt has damaged the user data, the options do not fit the guest, or the name of the
 * share's volume has control characters.
 */
export function planGuest(
  vmi: Vmi,
  cloudInit: CloudInitData,
  role: SharedRole,
  options: VmOptions,
): GuestPlan {
  const plan = planFor(vmi, originalUserData(cloudInit, vmi), role, options);
  if (plan.embedding.kind === "untouched" && decodeUtf8(plan.original) !== cloudInit.userData) {
    // The user data in the request is damaged, and must not be returned as if it were the original.
    throw new InvalidInput(
      `The user data is not text, which KubeVirt cannot hand to a hook undamaged, and ${plan.embedding.reason}: ` +
        "start the sidecar with --hooks onDefineDomain, which leaves the user data alone.",
      "cloud-init data",
    );
  }
  return plan;
}

/**
 * Decides the same from the VMI alone, in which virt-launcher has put the user data of a Secret too before it calls a
 * hook (kubevirt/kubevirt pkg/cloud-init/cloud-init.go, resolveNoCloudSecrets).
 *
 * @throws {InvalidInput} as {@link planGuest}, but for damaged user data.
 */
export function planGuestOfVmi(vmi: Vmi, role: SharedRole, options: VmOptions): GuestPlan {
  const { userData, userDataBase64 } = vmi.cloudInitVolumes[0] ?? {};
  const original = userData
    ? new TextEncoder().encode(userData)
    : userDataBase64 && decodeBase64(userDataBase64);
  return planFor(vmi, original || new Uint8Array(), role, options);
}

function planFor(
  vmi: Vmi,
  original: Uint8Array,
  { identity, share }: SharedRole,
  options: VmOptions,
): GuestPlan {
  const userData = unpack(original);
  const os = guestOs(options, vmi, userData);
  const guest = GUESTS[os.os];
  const { tokenReaders } = options;
  const mountPath = options.mountPath ?? guest.defaultMountPath(tokenReaders);
  const problem = guest.optionProblem({ mountPath, mountTag: share.tag, tokenReaders });
  if (problem !== undefined) {
    throw new InvalidInput(
      `The flag ${problem}. Change the args of the sidecar in the annotation hooks.kubevirt.io/hookSidecars, ` +
        "or set the guest with --os.",
      "args",
    );
  }
  const otherReader = options.os === undefined && os.os === "linux"
    ? findOtherReader(vmi)
    : undefined;
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f]/.test(share.tag)) {
    throw new InvalidInput(
      "The name of the containerPath volume of the token's folder has a control character: rename it.",
      "VMI",
    );
  }
  const { variables, leftOut } = guestVariables(identity, guest);
  const access = agentAccess(vmi, identity);
  const settings: GuestSettings = {
    mountTag: share.tag,
    mountPath,
    tokenName: identity.tokenName,
    tokenReaders,
    variables,
    agentRoute: access?.kind === "route" ? access.route : undefined,
  };
  const embedding: Embedding = options.delivery === "domain"
    ? { kind: "untouched", reason: "the role is delivered by the domain alone" }
    : forReader(embedUserData(userData, READERS[os.os]), otherReader);
  const cloudInitDelivers = vmi.cloudInitVolumes.length > 0 && embedding.kind !== "untouched";
  return {
    os,
    otherReader,
    share,
    agentAccess: access,
    settings,
    leftOut,
    original,
    embedding,
    domainDelivery: os.os === "windows" || options.delivery === "cloud-init" ||
        otherReader?.reader.runsNoUnit
      ? "never"
      : cloudInitDelivers
      ? "unless cloud-init runs"
      : "always",
  };
}

function guestOs(
  { os }: VmOptions,
  vmi: Vmi,
  userData: UserData | undefined,
): GuestOsVerdict {
  return os === undefined
    ? detectGuestOs(vmi, () => userData && userDataOsHint(userData.bytes))
    : { os, source: "flag", evidence: "the flag --os" };
}

/** Where another program than cloud-init reads the user data, none is put into a message, not even an empty one. */
function forReader(embedding: Embedding, verdict: ReaderVerdict | undefined): Embedding {
  if (verdict === undefined || embedding.kind === "untouched") return embedding;
  const { reader, evidence } = verdict;
  return {
    kind: "untouched",
    reason: `the guest is ${reader.guest} (${evidence}): ${reader.onMessage}`,
    otherReader: reader,
  };
}

/** Our parts of the user data, which apply the settings in the guest. */
export function partsOf({ os, settings }: GuestPlan) {
  return GUESTS[os.os].parts(settings);
}

/** The user data that the guest gets; undefined if the owner's is not changed. */
export function plannedUserData(plan: GuestPlan): string | undefined {
  return plan.embedding.kind === "untouched"
    ? undefined
    : writeUserData(partsOf(plan), plan.embedding);
}

/** The OEM strings of a domain, and the variables that they carry and that they leave out, because they are secrets. */
export interface PlannedOemStrings {
  readonly oemStrings: readonly OemString[];
  readonly oemVariables: readonly string[];
  readonly secrets: readonly string[];
}

/**
 * The OEM strings that the domain gets; none if they do not deliver. Whoever sees QEMU's arguments or virt-launcher's
 * log on the host can read them, so they carry no credential.
 */
export function plannedOemStrings(
  { settings, domainDelivery }: Pick<GuestPlan, "settings" | "domainDelivery">,
): PlannedOemStrings {
  if (domainDelivery === "never") return { oemStrings: [], oemVariables: [], secrets: [] };
  const variables = new Map(
    [...settings.variables].filter(([name]) => !isSecretVariable(name)),
  );
  const script = linuxGuest.parts({ ...settings, variables }).first.body;
  return {
    oemStrings: oemStrings(script, domainDelivery === "unless cloud-init runs"),
    oemVariables: [...variables.keys()],
    secrets: [...settings.variables.keys()].filter(isSecretVariable),
  };
}
