import { asObject, type JsonObject, member, objectMember, stringMember } from "../json.ts";

/** The annotation that makes KubeVirt run hook sidecars (kubevirt/kubevirt pkg/hooks/hooks.go). */
export const HOOK_SIDECARS_ANNOTATION = "hooks.kubevirt.io/hookSidecars";

/** One entry of the annotation. */
export interface HookSidecar {
  readonly image: string;
  readonly args: readonly string[];
  /** The hook point's script that KubeVirt's sidecar-shim is to run, if it comes from a ConfigMap. */
  readonly hookPath: string | undefined;
  readonly isOurs: boolean;
}

/** What a VMI's annotation says. */
export type HookSidecars =
  | { readonly kind: "absent" }
  /** The problem is a clause, such as "it is not JSON". */
  | { readonly kind: "malformed"; readonly problem: string }
  | { readonly kind: "list"; readonly entries: readonly HookSidecar[] };

/** Reads the annotation of a VMI. */
export function hookSidecars(vmi: JsonObject): HookSidecars {
  const annotations = objectMember(objectMember(vmi, "metadata"), "annotations");
  const value = member(annotations, HOOK_SIDECARS_ANNOTATION);
  if (value === undefined || value === "") return { kind: "absent" };
  if (typeof value !== "string") {
    return malformed("it is YAML, and an annotation has to be a string with JSON in it");
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch (error) {
    const position = /position (\d+)/.exec(String(error))?.[1];
    return malformed(
      `it is not JSON${position === undefined ? "" : ` (at character ${position})`}`,
    );
  }
  if (!Array.isArray(parsed)) return malformed("it is JSON but not a list");
  const entries: HookSidecar[] = [];
  for (const [index, entry] of parsed.entries()) {
    const sidecar = readEntry(asObject(entry));
    if (typeof sidecar === "string") return malformed(`its entry ${index} ${sidecar}`);
    entries.push(sidecar);
  }
  return { kind: "list", entries };
}

/** Our entry, if there is one. */
export function ourSidecar(sidecars: HookSidecars): HookSidecar | undefined {
  return sidecars.kind === "list" ? sidecars.entries.find(({ isOurs }) => isOurs) : undefined;
}

function readEntry(entry: JsonObject | undefined): HookSidecar | string {
  if (entry === undefined) return "is not an object";
  const image = stringMember(entry, "image") ?? "";
  const args: unknown = member(entry, "args") ?? [];
  if (!Array.isArray(args) || !args.every((arg): arg is string => typeof arg === "string")) {
    return "has args that are not a list of strings";
  }
  return {
    image,
    args,
    hookPath: stringMember(objectMember(entry, "configMap"), "hookPath"),
    isOurs: /irsa-sidecar/.test(imageName(image)),
  };
}

/** The last part of an image's name, without tag and digest. */
function imageName(image: string): string {
  return (image.split("@", 1)[0]?.split("/").at(-1) ?? "").split(":", 1)[0] ?? "";
}

function malformed(problem: string): HookSidecars {
  return { kind: "malformed", problem };
}
