import { annotationsOf, HOOK_SIDECARS_ANNOTATION } from "../../kubevirt/metadata.ts";
import { asObject, type JsonObject, member, stringMember } from "../../text/json.ts";
import { jsonPlaces, jsonValues } from "./json_text.ts";

/** One entry of the annotation. */
export interface HookSidecar {
  /** The entry as it is written. */
  readonly object: JsonObject;
  /** Empty if KubeVirt uses its own sidecar-shim. */
  readonly image: string;
  readonly args: readonly string[];
  /** The command that replaces the entry point of the image. */
  readonly command: readonly string[];
  /** The script from a ConfigMap that KubeVirt's sidecar-shim runs. */
  readonly hookPath: string | undefined;
  readonly isOurs: boolean;
}

/** The annotation of a VMI. */
export type HookSidecars =
  | { readonly kind: "absent" }
  | {
    readonly kind: "malformed";
    /** A clause, such as "it is not JSON". */
    readonly problem: string;
    /** The offset of the mistake in the annotation, if it is at one place. */
    readonly character: number | undefined;
    /** The text to write there instead, if it is clear. */
    readonly correction: string | undefined;
  }
  | { readonly kind: "list"; readonly text: string; readonly entries: readonly HookSidecar[] };

/** Reads the annotation of a VMI. */
export function hookSidecars(vmi: JsonObject): HookSidecars {
  const annotations = annotationsOf(vmi);
  const text = member(annotations, HOOK_SIDECARS_ANNOTATION);
  if (text === undefined) return { kind: "absent" };
  if (typeof text !== "string") {
    return malformed("it is YAML, and an annotation has to be a string with JSON in it");
  }
  if (text.trim() === "") return malformed("it is empty, and has to be JSON");
  const values = jsonValues(text);
  if ("problem" in values) return malformed(`it is not JSON: ${values.problem}`, values.at);
  const [, second] = values;
  if (second !== undefined) {
    return malformed("it is not JSON: there is something behind the list", second.start);
  }
  return readList(text);
}

/** The entry of this sidecar, if there is one. */
export function ourSidecar(sidecars: HookSidecars): HookSidecar | undefined {
  return sidecars.kind === "list" ? sidecars.entries.find(({ isOurs }) => isOurs) : undefined;
}

/** The offset of a member of our entry in the annotation, or of the entry if it has no such member. */
export function placeInOurs(sidecars: HookSidecars, name: string): number | undefined {
  if (sidecars.kind !== "list") return undefined;
  const ours = ourSidecar(sidecars);
  if (ours === undefined) return undefined;
  const index = sidecars.entries.indexOf(ours);
  return jsonPlaces(sidecars.text)([index, goKey(ours.object, name)]);
}

/**
 * Whether an image is the sidecar of kubevirt/kubevirt pull request 14568, which has the same name as ours
 * (kubevirt/irsa-mutation-webhook README).
 */
export function isUpstreamImage(image: string): boolean {
  return /(^|\/)kubevirt\/eks-irsa-sidecar$/.test(imageRepository(image));
}

/** An image's name without tag and digest: `registry.example:5000/folder/name`. */
function imageRepository(image: string): string {
  return image.replace(/@.*/, "").replace(/:[^/:]*$/, "");
}

/** The name of an entry for a message: its image, or the script of the sidecar-shim. */
export function sidecarName({ image, hookPath }: HookSidecar): string {
  return image || (hookPath ?? "KubeVirt's own sidecar-shim");
}

function readList(text: string): HookSidecars {
  const list: unknown = JSON.parse(text);
  // Go reads null as an empty list, and a null entry as one without members.
  if (list !== null && !Array.isArray(list)) return malformed("it is JSON, but not a list", 0);
  const entries: HookSidecar[] = [];
  for (const [index, entry] of (list ?? []).entries()) {
    const object = entry === null ? {} : asObject(entry);
    if (object === undefined) {
      return malformed(`its entry ${index} is not an object`, jsonPlaces(text)([index]));
    }
    const mistake = MEMBERS.find(({ name, isRight }) =>
      !goKeys(object, name).every((key) => isRight(member(object, key)))
    );
    if (mistake !== undefined) {
      return malformed(
        `its entry ${index} has ${mistake.what}`,
        jsonPlaces(text)([index, goKey(object, mistake.name)]),
        asWords(mistake.name, goMember(object, mistake.name)),
      );
    }
    entries.push(readEntry(object));
  }
  return { kind: "list", text, entries };
}

/** A member of KubeVirt's HookSidecar. A null is the same as an absent member. */
interface Member {
  readonly name: string;
  readonly isRight: (value: unknown) => boolean;
  /** The mistake, as the end of a sentence. */
  readonly what: string;
}

const isAbsent = (value: unknown) => value === undefined || value === null;
const isText = (value: unknown) => isAbsent(value) || typeof value === "string";
const isList = (value: unknown) => isAbsent(value) || Array.isArray(value) && value.every(isText);
const hasTexts = (...names: readonly string[]) => (value: unknown) => {
  const object = asObject(value);
  return isAbsent(value) ||
    object !== undefined && names.every((name) => isText(goMember(object, name)));
};

/** kubevirt/kubevirt pkg/hooks/hooks.go, HookSidecar. Go ignores other members. */
const MEMBERS: readonly Member[] = [
  { name: "image", isRight: isText, what: "an image that is not a string" },
  {
    name: "imagePullPolicy",
    isRight: (value) =>
      isAbsent(value) || ["", "Always", "Never", "IfNotPresent"].some((known) => known === value),
    what: "an imagePullPolicy that is none of Always, Never and IfNotPresent",
  },
  { name: "command", isRight: isList, what: "a command that is not a list of strings" },
  { name: "args", isRight: isList, what: "args that are not a list of strings" },
  {
    name: "configMap",
    isRight: hasTexts("name", "key", "hookPath"),
    what: "a configMap that is not an object with name, key and hookPath",
  },
  {
    name: "pvc",
    isRight: hasTexts("name", "volumePath", "sharedComputePath"),
    what: "a pvc that is not an object with name, volumePath and sharedComputePath",
  },
];

/** The list to write in place of a command line in one string. */
function asWords(name: string, value: unknown): string | undefined {
  if (!["args", "command"].includes(name) || typeof value !== "string") return undefined;
  // Text with quotes is not split: only its author knows how a shell was meant to read it.
  const words = /["'\\]/.test(value) ? [value] : value.trim().split(/\s+/);
  return `"${name}": ${JSON.stringify(words)}`;
}

function readEntry(entry: JsonObject): HookSidecar {
  const image = goMember(entry, "image");
  const configMap = asObject(goMember(entry, "configMap"));
  const name = typeof image === "string" ? image : "";
  return {
    object: entry,
    image: name,
    args: texts(goMember(entry, "args")),
    command: texts(goMember(entry, "command")),
    hookPath: configMap && stringMember(configMap, goKey(configMap, "hookPath")),
    isOurs: /irsa-sidecar[^/]*$/.test(imageRepository(name)),
  };
}

/** The strings of a list that has been checked. Go reads a null in it as an empty string. */
function texts(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map((text: unknown) => String(text ?? "")) : [];
}

/** Go ignores the case of keys, and the last match counts (encoding/json, Unmarshal). */
function goMember(object: JsonObject, name: string): unknown {
  return member(object, goKey(object, name));
}

function goKey(object: JsonObject, name: string): string {
  return goKeys(object, name).at(-1) ?? name;
}

function goKeys(object: JsonObject, name: string): readonly string[] {
  return Object.keys(object).filter((key) => key.toLowerCase() === name.toLowerCase());
}

function malformed(problem: string, character?: number, correction?: string): HookSidecars {
  return { kind: "malformed", problem, character, correction };
}
