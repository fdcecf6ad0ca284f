import { decodeBase64 } from "../base64.ts";
import { InvalidInput } from "../invalid_input.ts";
import { type JsonObject, parseJsonObject, stringMember } from "../json.ts";
import type { Vmi } from "../kubevirt/vmi.ts";

/**
 * The two forms in which virt-launcher hands over cloud-init data, as raw message fields: Go's CloudInitData
 * (kubevirt/kubevirt pkg/cloud-init/cloud-init.go), and the older CloudInitNoCloudSource. A KubeVirt of
 * before CloudInitData leaves the first one empty.
 */
export interface CloudInitFields {
  readonly cloudInitData: Uint8Array;
  readonly cloudInitNoCloudSource: Uint8Array;
}

/** Both forms, parsed. Members that nobody here reads go back as they came. */
export interface CloudInitData {
  /** Without its `UserData`. */
  readonly data: JsonObject | undefined;
  /** Without its user data in either spelling. */
  readonly legacy: JsonObject | undefined;
  readonly userData: string;
  /** Name of the cloud-init volume, empty where the older form does not tell it. */
  readonly volumeName: string;
}

/**
 * Parses what virt-launcher hands over.
 *
 * @throws {InvalidInput} if a field is not a JSON object, or both are empty.
 */
export function parseCloudInitData(fields: CloudInitFields): CloudInitData {
  const data = parseField(fields.cloudInitData, "The field cloudInitData");
  const legacy = parseField(fields.cloudInitNoCloudSource, "The field cloudInitNoCloudSource");
  if (data === undefined && legacy === undefined) {
    throw new InvalidInput(
      "Neither cloudInitData nor cloudInitNoCloudSource is set: virt-launcher sends at least one.",
    );
  }
  return {
    // The user data is held once, and not three times: it can be large.
    data: data && { ...data, UserData: undefined },
    legacy: legacy && { ...legacy, userData: undefined, userDataBase64: undefined },
    userData: data === undefined
      ? stringMember(legacy, "userData") ?? legacyBase64(legacy)
      : stringMember(data, "UserData") ?? "",
    volumeName: stringMember(data, "VolumeName") ?? "",
  };
}

/** Both forms with other user data in them, so that they agree. */
export function withUserData(cloudInit: CloudInitData, userData: string): CloudInitFields {
  const { data } = cloudInit;
  const legacy = cloudInit.legacy ?? { networkData: stringMember(data, "NetworkData") };
  return {
    cloudInitData: encode(data && { ...data, UserData: userData }),
    cloudInitNoCloudSource: encode({ ...legacy, userData }),
  };
}

/**
 * The user data as its owner wrote it. Go's JSON has replaced every byte that is not UTF-8, such as gzip
 * has, before virt-launcher calls; the VMI still has the original if it was given in base64.
 *
 * @throws {InvalidInput} if it was damaged and the original is not to be had.
 */
export function originalUserData(cloudInit: CloudInitData, vmi: Vmi): Uint8Array {
  const { userData, volumeName } = cloudInit;
  if (!userData.includes("\uFFFD")) return new TextEncoder().encode(userData);
  const volume = vmi.cloudInitVolumes.find((candidate) => candidate.volumeName === volumeName) ??
    vmi.cloudInitVolumes[0];
  const original = volume?.userDataBase64 && decodeBase64(volume.userDataBase64);
  if (original && sameButForDamage(original, userData)) return original;
  if (userData.startsWith("\u001f\uFFFD")) {
    throw new InvalidInput(
      `The user data is gzip, which KubeVirt cannot hand to a hook undamaged, and ${NO_ORIGINAL}`,
    );
  }
  // Written in the VMI itself, U+FFFD is its owner's: Kubernetes takes nothing that is not UTF-8.
  if (volume?.userDataFromSecret) {
    throw new InvalidInput(
      "The user data in the Secret has bytes that are not UTF-8 (or U+FFFD, which KubeVirt puts in " +
        `their place and which cannot be told from them): it would reach the guest damaged, and ${NO_ORIGINAL}`,
    );
  }
  return new TextEncoder().encode(userData);
}

const NO_ORIGINAL = "the VMI has no userDataBase64 with the original: store it as plain text in " +
  "UTF-8 or in userDataBase64, or start the sidecar with --hooks onDefineDomain and set up the guest yourself.";

/** Whether bytes are what text was before every byte that is not UTF-8 was replaced. */
function sameButForDamage(original: Uint8Array, damaged: string): boolean {
  // How many U+FFFD stand for a broken sequence differs between languages, so a run counts as one.
  const folded = (text: string) => text.replace(/\uFFFD+/g, "\uFFFD");
  const decoded = new TextDecoder("utf-8", { ignoreBOM: true }).decode(original);
  return folded(decoded) === folded(damaged);
}

function parseField(bytes: Uint8Array, what: string): JsonObject | undefined {
  return bytes.length === 0 ? undefined : parseJsonObject(bytes, what);
}

function legacyBase64(legacy: JsonObject | undefined): string {
  const decoded = decodeBase64(stringMember(legacy, "userDataBase64") ?? "");
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(decoded);
}

function encode(value: JsonObject | undefined): Uint8Array {
  return value === undefined ? new Uint8Array() : new TextEncoder().encode(JSON.stringify(value));
}
