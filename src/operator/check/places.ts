import { HOOK_SIDECARS_ANNOTATION } from "../../kubevirt/metadata.ts";
import { asObject, type JsonObject, member, objectMember, objectsMember } from "../../text/json.ts";
import { placeInOurs } from "../manifest/hook_sidecars.ts";
import type { Path } from "../manifest/path.ts";
import type { CheckContext } from "./check_context.ts";
import type { Problem } from "./rule.ts";

/** A problem without its place. */
type Description = Omit<Problem, "manifest" | "path" | "character">;

/** The path of the filesystems in a VMI. */
export const FILESYSTEMS_PATH: Path = ["spec", "domain", "devices", "filesystems"];

/** The volumes of the VMI. */
export function volumesOf({ virtualMachine: { vmi } }: CheckContext): readonly JsonObject[] {
  return objectsMember(objectMember(vmi, "spec"), "volumes");
}

/** The filesystems of the VMI. */
export function filesystemsOf(context: CheckContext): readonly JsonObject[] {
  return devicesOf(context, "filesystems");
}

/** The disks of the VMI. */
export function disksOf(context: CheckContext): readonly JsonObject[] {
  return devicesOf(context, "disks");
}

function devicesOf({ virtualMachine: { vmi } }: CheckContext, kind: string): readonly JsonObject[] {
  const domain = objectMember(objectMember(vmi, "spec"), "domain");
  return objectsMember(objectMember(domain, "devices"), kind);
}

/**
 * A problem in the manifest of the virtual machine.
 *
 * @param below The path in the VMI, from its `metadata` or `spec`.
 */
export function atVmi(
  { virtualMachine: { manifest, vmiPath, vmi }, admission }: CheckContext,
  below: Path,
  problem: Omit<Problem, "manifest" | "path">,
): Problem {
  // What the admission policy adds is not in the file: its label is what asks for it.
  const isAdded = valueAt(vmi, below) !== undefined &&
    valueAt(admission.written, below) === undefined;
  return isAdded
    ? { ...problem, ...admission.label, character: undefined }
    : { ...problem, manifest, path: [...vmiPath, ...below] };
}

function valueAt(vmi: JsonObject, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof step === "number"
        ? Array.isArray(value) ? value[step] : undefined
        : member(asObject(value), step),
    vmi,
  );
}

/** A problem in the annotation with the sidecars, at an offset in it if that is known. */
export function inAnnotation(
  context: CheckContext,
  character: number | undefined,
  problem: Description,
): Problem {
  const path = ["metadata", "annotations", HOOK_SIDECARS_ANNOTATION];
  const { written, intended, label } = context.admission;
  // Only our entry has a place, which the admission policy adds to the owner's list.
  const isAdded = character !== undefined && valueAt(written, path) !== valueAt(intended, path);
  return isAdded ? { ...problem, ...label } : atVmi(context, path, { ...problem, character });
}

/** A problem in a member of our sidecar's entry in that annotation. */
export function inOurEntry(context: CheckContext, member: string, problem: Description): Problem {
  return inAnnotation(context, placeInOurs(context.sidecars, member), problem);
}

/** A problem in the user data, in the VM or in a Secret; at an offset in it if that is known. */
export function inUserData(
  context: CheckContext,
  character: number | undefined,
  problem: Description,
): Problem {
  const { cloudInit } = context;
  if (cloudInit === undefined) return atVmi(context, ["spec", "volumes"], problem);
  const { userData, index, source } = cloudInit;
  if (userData.kind !== "given") {
    return atVmi(context, ["spec", "volumes", index, source], problem);
  }
  const { manifest, path, isPlain } = userData;
  return { ...problem, manifest, path, character: isPlain ? character : undefined };
}
