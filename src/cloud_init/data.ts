import { MAX_RESPONSE_BYTES } from "../kubevirt/max_response.ts";
import type { Vmi } from "../kubevirt/vmi.ts";
import { decodeBase64 } from "../text/base64.ts";
import { InvalidInput } from "../text/invalid_input.ts";
import { type JsonObject, objectMember, parseJsonObject, stringMember } from "../text/json.ts";
import {
  edited,
  findMembers,
  type JsonEdit,
  type JsonText,
  lengthOf,
  memberEdit,
  type Pieces,
} from "./json_members.ts";

/**
 * The two forms in which virt-launcher sends cloud-init data, as the bytes of the message's fields: CloudInitData
 * (kubevirt/kubevirt pkg/cloud-init/cloud-init.go) and the older CloudInitNoCloudSource. Older releases of
 * KubeVirt leave the first one empty.
 */
export interface CloudInitFields {
  readonly cloudInitData: Uint8Array;
  readonly cloudInitNoCloudSource: Uint8Array;
}

/** Both forms, and what was read from them. */
export interface CloudInitData {
  /** Undefined if virt-launcher sent only the older form. */
  readonly data: JsonText | undefined;
  /** Made from the newer form if virt-launcher sent only that. */
  readonly legacy: JsonText;
  /** Whether virt-launcher ignores the older form if the newer one has user data. */
  readonly dataSuffices: boolean;
  readonly userData: string;
  /** The older form's user data in base64, which keeps bytes that are not UTF-8. */
  readonly userDataBase64: string | undefined;
  /** The name of the cloud-init volume; empty if only the older form was sent, which does not have it. */
  readonly volumeName: string;
}

/** One of the two forms, as text and parsed. */
interface Form {
  readonly json: JsonText;
  readonly object: JsonObject;
}

/**
 * Members of the newer form: virt-launcher uses that form if it has one of them (kubevirt/kubevirt
 * pkg/hooks/manager.go, preCloudInitIsoValidateResult).
 */
const METADATA = ["NoCloudMetaData", "ConfigDriveMetaData"];

/** The two spellings of user data in the older form. */
const LEGACY_FIELDS = ["userData", "userDataBase64"];

const encoder = new TextEncoder();

/** An empty string in JSON. */
const EMPTY = encoder.encode('""');

/** The tags and lengths of the two fields in a response. */
const FRAMING_BYTES = 2 * (1 + 4);

/**
 * Parses the cloud-init data that virt-launcher sends.
 *
 * @throws {InvalidInput} if a field is not a JSON object, or both are empty.
 */
export function parseCloudInitData(fields: CloudInitFields): CloudInitData {
  const data = parseForm(fields.cloudInitData, "The field cloudInitData", ["UserData"]);
  const legacy = parseForm(
    fields.cloudInitNoCloudSource,
    "The field cloudInitNoCloudSource",
    LEGACY_FIELDS,
  );
  const form = data ?? legacy;
  if (form === undefined) {
    throw new InvalidInput(
      "Neither cloudInitData nor cloudInitNoCloudSource is set: virt-launcher sends at least one.",
      "cloud-init data",
    );
  }
  const userData = readField(form, data === undefined ? "userData" : "UserData");
  // The newer form has no such field.
  const userDataBase64 = userData ? undefined : readField(form, "userDataBase64");
  // The parsed objects are not kept: they would hold the user data, which can be large, a second time.
  return {
    data: data?.json,
    legacy: legacy?.json ?? legacyWith(stringMember(data?.object, "NetworkData")),
    dataSuffices: METADATA.some((name) => objectMember(data?.object, name) !== undefined),
    userData: userData || decodedText(userDataBase64 ?? ""),
    userDataBase64,
    volumeName: stringMember(data?.object, "VolumeName") ?? "",
  };
}

/** Both forms, as they are returned to virt-launcher. */
export type CloudInitPieces = Readonly<Record<keyof CloudInitFields, Pieces>>;

/**
 * Sets the user data in both forms. All other bytes stay the same. If both together are larger than virt-launcher
 * accepts, and it ignores the older form, the older form gets empty user data.
 */
export function withUserData(cloudInit: CloudInitData, userData: string): CloudInitPieces {
  const { data, legacy, dataSuffices } = cloudInit;
  const value = encoder.encode(JSON.stringify(userData));
  const cloudInitData = data === undefined
    ? []
    : edited(data, [memberEdit(data, "UserData", value)]);
  const complete = edited(legacy, legacyEdits(legacy, value));
  const length = lengthOf(cloudInitData) + lengthOf(complete) + FRAMING_BYTES;
  return {
    cloudInitData,
    cloudInitNoCloudSource: length > MAX_RESPONSE_BYTES && dataSuffices
      ? edited(legacy, legacyEdits(legacy, EMPTY))
      : complete,
  };
}

/** Sets `userData`, and empties `userDataBase64`, which would still have the old user data. */
function legacyEdits(legacy: JsonText, value: Uint8Array): readonly JsonEdit[] {
  return [
    memberEdit(legacy, "userData", value),
    ...legacy.members.has("userDataBase64") ? [memberEdit(legacy, "userDataBase64", EMPTY)] : [],
  ];
}

/**
 * The user data as the VM's owner wrote it. Go's encoding/json replaces every byte that is not UTF-8, for example
 * in gzip, before virt-launcher sends it. The VMI still has the original if that is in base64.
 *
 * @throws {InvalidInput} if bytes were replaced, and the VMI does not have the original.
 */
export function originalUserData(cloudInit: CloudInitData, vmi: Vmi): Uint8Array {
  const { userData, volumeName } = cloudInit;
  if (!userData.includes("\uFFFD")) return encoder.encode(userData);
  const volume = vmi.cloudInitVolumes.find((candidate) => candidate.volumeName === volumeName) ??
    vmi.cloudInitVolumes[0];
  const base64 = cloudInit.userDataBase64 ?? volume?.userDataBase64;
  const original = base64 && decodeBase64(base64);
  if (original && isReplacement(original, userData)) return original;
  if (userData.startsWith("\u001f\uFFFD")) {
    throw new InvalidInput(
      `The user data is gzip, which KubeVirt cannot hand to a hook undamaged, and ${NO_ORIGINAL}`,
      "cloud-init data",
    );
  }
  // User data in the VMI itself is UTF-8, because Kubernetes accepts nothing else: its owner wrote this U+FFFD.
  if (volume?.userDataFromSecret) {
    throw new InvalidInput(
      "The user data in the Secret has bytes that are not UTF-8 (or U+FFFD, by which KubeVirt replaces such " +
        `bytes): it would reach the guest damaged, and ${NO_ORIGINAL}`,
      "cloud-init data",
    );
  }
  return encoder.encode(userData);
}

const NO_ORIGINAL = "the VMI has no userDataBase64 with the original: store it as plain text in " +
  "UTF-8 or in userDataBase64, or start the sidecar with --hooks onDefineDomain, which leaves the user data alone.";

/** Whether replacing the bytes that are not UTF-8 in the original gives the damaged text. */
function isReplacement(original: Uint8Array, damaged: string): boolean {
  const decoded = new TextDecoder("utf-8", { ignoreBOM: true }).decode(original);
  let [one, other] = [0, 0];
  while (one < decoded.length && decoded[one] === damaged[other]) {
    const wasReplaced = decoded[one] === "\uFFFD";
    one++;
    other++;
    // Go and JavaScript replace an invalid sequence by different numbers of U+FFFD, so a run of them counts as one.
    while (wasReplaced && decoded[one] === "\uFFFD") one++;
    while (wasReplaced && damaged[other] === "\uFFFD") other++;
  }
  return one === decoded.length && other === damaged.length;
}

function parseForm(
  bytes: Uint8Array,
  what: string,
  fields: readonly string[],
): Form | undefined {
  if (bytes.length === 0) return undefined;
  const object = parseJsonObject(bytes, what, "cloud-init data");
  return { object, json: findMembers(bytes, fields) };
}

/** The older form with a network configuration alone; {@link withUserData} sets the user data. */
function legacyWith(networkData: string | undefined): JsonText {
  return findMembers(encoder.encode(JSON.stringify({ networkData })), LEGACY_FIELDS);
}

/** The string that Go reads into a field. */
function readField({ json, object }: Form, field: string): string | undefined {
  const member = json.members.get(field);
  return member && stringMember(object, member.key);
}

function decodedText(base64: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(decodeBase64(base64));
}
