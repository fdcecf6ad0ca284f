import { asObject, type JsonObject, member, objectMember, stringMember } from "../../text/json.ts";
import { jsonPlaces, jsonValues } from "./json_text.ts";
import type { Path } from "./path.ts";

/** The annotation that makes KubeVirt run hook sidecars (kubevirt/kubevirt pkg/hooks/hooks.go). */
export const HOOK_SIDECARS_ANNOTATION = "hooks.kubevirt.io/hookSidecars";

/** One entry of the annotation. */
export interface HookSidecar {
  /** Empty where KubeVirt takes its own sidecar-shim. */
  readonly image: string;
  readonly args: readonly string[];
  /** What runs instead of the image's own program. */
  readonly command: readonly string[];
  /** The hook point's script that KubeVirt's sidecar-shim is to run, if it comes from a ConfigMap. */
  readonly hookPath: string | undefined;
  readonly isOurs: boolean;
}

/** What a VMI's annotation says. */
export type HookSidecars =
  | { readonly kind: "absent" }
  /** The problem is a clause, such as "it is not JSON"; the character is where, if it is at one place. */
  | {
    readonly kind: "malformed";
    readonly problem: string;
    readonly character: number | undefined;
    /** What to write in that place, where that is plain. */
    readonly correction: string | undefined;
  }
  | { readonly kind: "list"; readonly text: string; readonly entries: readonly HookSidecar[] };

/** Reads the annotation of a VMI. */
export function hookSidecars(vmi: JsonObject): HookSidecars {
  const annotations = objectMember(objectMember(vmi, "metadata"), "annotations");
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
    return malformed("it is not JSON: something stands behind the list", second.start);
  }
  return readList(text);
}

/** Our entry, if there is one. */
export function ourSidecar(sidecars: HookSidecars): HookSidecar | undefined {
  return sidecars.kind === "list" ? sidecars.entries.find(({ isOurs }) => isOurs) : undefined;
}

/** Where a member of our entry stands in the annotation, or the entry without it. */
export function placeInOurs(sidecars: HookSidecars, name: string): number | undefined {
  if (sidecars.kind !== "list") return undefined;
  const index = sidecars.entries.findIndex(({ isOurs }) => isOurs);
  return index < 0 ? undefined : placeOf(sidecars.text, index, name);
}

/** Whether an image is that of kubevirt/kubevirt pull request 14568 (kubevirt/irsa-mutation-webhook README). */
export function isUpstreamImage(image: string): boolean {
  return /(^|\/)kubevirt\/eks-irsa-sidecar$/.test(imageRepository(image));
}

/** An image's name without tag and digest: `registry.example:5000/folder/name`. */
function imageRepository(image: string): string {
  return (image.split("@", 1)[0] ?? "").replace(/:[^/:]*$/, "");
}

/** What people know an entry by. */
export function sidecarName({ image, hookPath }: HookSidecar): string {
  return image || (hookPath ?? "KubeVirt's own sidecar-shim");
}

function readList(text: string): HookSidecars {
  const list: unknown = JSON.parse(text);
  // Go reads null as a list without entries, and a null entry as one without members.
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
        placeOf(text, index, mistake.name),
        asWords(mistake.name, goMember(object, mistake.name)),
      );
    }
    entries.push(readEntry(object));
  }
  return { kind: "list", text, entries };
}

/** A member that Go's HookSidecar has, and what it may be: null is as good as absent. */
interface Member {
  readonly name: string;
  readonly isRight: (value: unknown) => boolean;
  /** What is wrong otherwise, for a sentence. */
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

/** kubevirt/kubevirt pkg/hooks/hooks.go, HookSidecar. Go reads no other member, and minds none. */
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

/** The list that a command line in one string was meant to be. */
function asWords(name: string, value: unknown): string | undefined {
  if (!["args", "command"].includes(name) || typeof value !== "string") return undefined;
  // What has quotes is for its author to take apart.
  const words = /["'\\]/.test(value) ? [value] : value.trim().split(/\s+/);
  return `"${name}": ${JSON.stringify(words)}`;
}

function readEntry(entry: JsonObject): HookSidecar {
  const image = goMember(entry, "image");
  const configMap = asObject(goMember(entry, "configMap"));
  const name = typeof image === "string" ? image : "";
  return {
    image: name,
    args: texts(goMember(entry, "args")),
    command: texts(goMember(entry, "command")),
    hookPath: configMap && stringMember(configMap, goKey(configMap, "hookPath")),
    isOurs: /irsa-sidecar/.test(imageRepository(name).split("/").at(-1) ?? ""),
  };
}

/** A list that has been checked. Go reads a null among strings as an empty one. */
function texts(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map((text: unknown) => String(text ?? "")) : [];
}

/** Go finds members without looking at their case, and the last one counts (encoding/json, Unmarshal). */
function goMember(object: JsonObject, name: string): unknown {
  return member(object, goKey(object, name));
}

function goKey(object: JsonObject, name: string): string {
  return goKeys(object, name).at(-1) ?? name;
}

function goKeys(object: JsonObject, name: string): readonly string[] {
  return Object.keys(object).filter((key) => key.toLowerCase() === name.toLowerCase());
}

function placeOf(text: string, index: number, name: string): number {
  const list: unknown = JSON.parse(text);
  const entry = Array.isArray(list) ? asObject(list[index]) : undefined;
  const path: Path = entry === undefined ? [index] : [index, goKey(entry, name)];
  return jsonPlaces(text)(path);
}

function malformed(problem: string, character?: number, correction?: string): HookSidecars {
  return { kind: "malformed", problem, character, correction };
}
