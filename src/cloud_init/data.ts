import { decodeBase64 } from "../text/base64.ts";
import { InvalidInput } from "../text/invalid_input.ts";
import { type JsonObject, objectMember, parseJsonObject, stringMember } from "../text/json.ts";
import { MAX_RESPONSE_BYTES } from "../kubevirt/max_response.ts";
import type { Vmi } from "../kubevirt/vmi.ts";
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
 * The two forms in which virt-launcher hands over cloud-init data, as raw message fields: Go's CloudInitData
 * (kubevirt/kubevirt pkg/cloud-init/cloud-init.go), and the older CloudInitNoCloudSource. A KubeVirt of
 * before CloudInitData leaves the first one empty.
 */
export interface CloudInitFields {
  readonly cloudInitData: Uint8Array;
  readonly cloudInitNoCloudSource: Uint8Array;
}

/** Both forms as they came, and what was read from them. */
export interface CloudInitData {
  /** Absent where the older form came alone. */
  readonly data: JsonText | undefined;
  /** Made from the newer form where that came alone. */
  readonly legacy: JsonText;
  /** Whether virt-launcher takes the newer form, once it has user data, without a look at the older. */
  readonly dataSuffices: boolean;
  readonly userData: string;
  /** The user data as the older form has it in base64, which no JSON has damaged. */
  readonly userDataBase64: string | undefined;
  /** Name of the cloud-init volume, empty where the older form does not tell it. */
  readonly volumeName: string;
}

/** A form, as text and parsed. */
interface Form {
  readonly json: JsonText;
  readonly object: JsonObject;
}

/** Of the newer form; virt-launcher takes that one if it has one of them (preCloudInitIsoValidateResult). */
const METADATA = ["NoCloudMetaData", "ConfigDriveMetaData"];

/** The two spellings of user data in the older form. */
const LEGACY_FIELDS = ["userData", "userDataBase64"];

const encoder = new TextEncoder();

/** JSON of no text. */
const EMPTY = encoder.encode('""');

/** What the two fields of a response take beside their content: a tag and a length each, in bytes. */
const FRAMING = 2 * (1 + 4);

/**
 * Parses what virt-launcher hands over.
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
  if (data === undefined && legacy === undefined) {
    throw new InvalidInput(
      "Neither cloudInitData nor cloudInitNoCloudSource is set: virt-launcher sends at least one.",
      "cloud-init data",
    );
  }
  const userData = data === undefined ? readField(legacy, "userData") : readField(data, "UserData");
  const userDataBase64 = data === undefined && !userData
    ? readField(legacy, "userDataBase64")
    : undefined;
  // What was parsed ends here, so that the user data, which can be large, is held only once.
  return {
    data: data?.json,
    legacy: legacy?.json ?? legacyWith(stringMember(data?.object, "NetworkData")),
    dataSuffices: METADATA.some((name) => objectMember(data?.object, name) !== undefined),
    userData: userData || decodedText(userDataBase64 ?? ""),
    userDataBase64,
    volumeName: stringMember(data?.object, "VolumeName") ?? "",
  };
}

/** Both forms, to be handed back. */
export type CloudInitPieces = Readonly<Record<keyof CloudInitFields, Pieces>>;

/**
 * Both forms with other user data in them, and every other byte as it was. They agree, but where that is
 * more than virt-launcher accepts and it would not look at the older form: that one then has no user data.
 */
export function withUserData(cloudInit: CloudInitData, userData: string): CloudInitPieces {
  const { data, legacy, dataSuffices } = cloudInit;
  const value = encoder.encode(JSON.stringify(userData));
  const cloudInitData = data === undefined
    ? []
    : edited(data, [memberEdit(data, "UserData", value)]);
  const agreeing = edited(legacy, legacyEdits(legacy, value));
  const isTooLarge = lengthOf(cloudInitData) + lengthOf(agreeing) + FRAMING > MAX_RESPONSE_BYTES;
  return {
    cloudInitData,
    cloudInitNoCloudSource: isTooLarge && dataSuffices
      ? edited(legacy, legacyEdits(legacy, EMPTY))
      : agreeing,
  };
}

/** The older form's other spelling of the user data would be that of before. */
function legacyEdits(legacy: JsonText, value: Uint8Array): readonly JsonEdit[] {
  return [
    memberEdit(legacy, "userData", value),
    ...legacy.members.has("userDataBase64") ? [memberEdit(legacy, "userDataBase64", EMPTY)] : [],
  ];
}

/**
 * The user data as its owner wrote it. Go's JSON has replaced every byte that is not UTF-8, such as gzip
 * has, before virt-launcher calls; the VMI still has the original if it was given in base64.
 *
 * @throws {InvalidInput} if it was damaged and the original is not to be had.
 */
export function originalUserData(cloudInit: CloudInitData, vmi: Vmi): Uint8Array {
  const { userData, volumeName } = cloudInit;
  if (!userData.includes("\uFFFD")) return encoder.encode(userData);
  const volume = vmi.cloudInitVolumes.find((candidate) => candidate.volumeName === volumeName) ??
    vmi.cloudInitVolumes[0];
  const base64 = cloudInit.userDataBase64 ?? volume?.userDataBase64;
  const original = base64 && decodeBase64(base64);
  if (original && sameButForDamage(original, userData)) return original;
  if (userData.startsWith("\u001f\uFFFD")) {
    throw new InvalidInput(
      `The user data is gzip, which KubeVirt cannot hand to a hook undamaged, and ${NO_ORIGINAL}`,
      "cloud-init data",
    );
  }
  // Written in the VMI itself, U+FFFD is its owner's: Kubernetes takes nothing that is not UTF-8.
  if (volume?.userDataFromSecret) {
    throw new InvalidInput(
      "The user data in the Secret has bytes that are not UTF-8 (or U+FFFD, which KubeVirt puts in " +
        `their place and which cannot be told from them): it would reach the guest damaged, and ${NO_ORIGINAL}`,
      "cloud-init data",
    );
  }
  return encoder.encode(userData);
}

const NO_ORIGINAL = "the VMI has no userDataBase64 with the original: store it as plain text in " +
  "UTF-8 or in userDataBase64, or start the sidecar with --hooks onDefineDomain and set up the guest yourself.";

/** Whether bytes are what text was before every byte that is not UTF-8 was replaced. */
function sameButForDamage(original: Uint8Array, damaged: string): boolean {
  const decoded = new TextDecoder("utf-8", { ignoreBOM: true }).decode(original);
  let [one, other] = [0, 0];
  while (one < decoded.length && decoded[one] === damaged[other]) {
    const wasReplaced = decoded[one] === "\uFFFD";
    one++;
    other++;
    // How many U+FFFD stand for a broken sequence differs between languages, so a run counts as one.
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

/** The older form of nothing but a network's configuration, to be completed. */
function legacyWith(networkData: string | undefined): JsonText {
  return findMembers(encoder.encode(JSON.stringify({ networkData })), LEGACY_FIELDS);
}

/** What Go reads into a field of text. */
function readField(form: Form | undefined, field: string): string | undefined {
  const member = form?.json.members.get(field);
  return member && stringMember(form?.object, member.key);
}

function decodedText(base64: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(decodeBase64(base64));
}
