import { member, objectMember } from "../../../text/json.ts";
import {
  HOOK_SIDECARS_ANNOTATION,
  isUpstreamImage,
  ourSidecar,
  placeInOurs,
  sidecarName,
} from "../../manifest/hook_sidecars.ts";
import { formatPath } from "../../manifest/path.ts";
import type { Finding } from "../finding.ts";
import { findingInAnnotation, type Rule, type Subject } from "../check_context.ts";

const IMAGE = "ghcr.io/eks-irsa-sidecar/eks-irsa-sidecar:0.1.0";
const SNIPPET = `${HOOK_SIDECARS_ANNOTATION}: '[{"image": "${IMAGE}"}]'`;

/** How people spell the annotation, without what is no letter. */
const MISSPELT = /^(hooks?kubevirtio)?hooks?sidecars?$/;

/** The VM does not run any hook sidecar. */
export const sidecarMissing: Rule = (subject) => {
  if (subject.sidecars.kind !== "absent") return [];
  if (isMisplaced(subject) || misspelt(subject).length > 0) return [];
  const { manifest, vmiPath } = subject.virtualMachine;
  const place = formatPath([...vmiPath, "metadata", "annotations"]);
  return [{
    code: "sidecar-missing",
    severity: "error",
    manifest,
    path: [...vmiPath, "metadata"],
    what: `The VM does not run the sidecar: it has no annotation ${HOOK_SIDECARS_ANNOTATION}.`,
    why: "KubeVirt starts hook sidecars only for a VM that names them.",
    mend: `Add to ${place}:`,
    snippet: SNIPPET,
  }];
};

/** The annotation is on the VirtualMachine and not on its template. */
export const sidecarMisplaced: Rule = (subject) => {
  if (!isMisplaced(subject)) return [];
  const { manifest, vmiPath } = subject.virtualMachine;
  return [{
    code: "sidecar-misplaced",
    severity: "error",
    manifest,
    path: ["metadata", "annotations", HOOK_SIDECARS_ANNOTATION],
    what: `The annotation ${HOOK_SIDECARS_ANNOTATION} is on the ${manifest.kind} itself.`,
    why: "KubeVirt copies the annotations of the template to the VMI, and no others.",
    mend: `Move it to ${formatPath([...vmiPath, "metadata", "annotations"])}.`,
  }];
};

/** An annotation has nearly the right name. */
export const sidecarMisspelt: Rule = (subject) =>
  misspelt(subject).map((path): Finding => ({
    code: "sidecar-misspelt",
    severity: "error",
    manifest: subject.virtualMachine.manifest,
    path,
    what: `The annotation ${path.at(-1)} is none that KubeVirt knows.`,
    why: "KubeVirt looks for the exact name, and starts no sidecar for another.",
    mend: `Did you mean ${HOOK_SIDECARS_ANNOTATION}?`,
  }));

function isMisplaced({ sidecars, virtualMachine: { manifest, vmiPath } }: Subject): boolean {
  const own = objectMember(objectMember(manifest.object, "metadata"), "annotations");
  return sidecars.kind === "absent" && vmiPath.length > 0 &&
    member(own, HOOK_SIDECARS_ANNOTATION) !== undefined;
}

function misspelt(
  { sidecars, virtualMachine: { manifest, vmiPath } }: Subject,
): readonly (readonly string[])[] {
  if (sidecars.kind !== "absent") return [];
  return [[], vmiPath].flatMap((above) => {
    const path = [...above, "metadata", "annotations"].map(String);
    const annotations = path.reduce<typeof manifest.object | undefined>(
      objectMember,
      manifest.object,
    );
    return Object.keys(annotations ?? {})
      .filter((key) =>
        key !== HOOK_SIDECARS_ANNOTATION &&
        MISSPELT.test(key.toLowerCase().replace(/[^a-z]/g, ""))
      )
      .map((key) => [...path, key]);
  }).filter((path, index, all) =>
    all.findIndex((other) => formatPath(other) === formatPath(path)) === index
  );
}

/** The annotation is not what KubeVirt can read. */
export const sidecarMalformed: Rule = (subject) => {
  const { sidecars } = subject;
  if (sidecars.kind !== "malformed") return [];
  const { correction } = sidecars;
  return [findingInAnnotation(subject, sidecars.character, {
    code: "sidecar-malformed",
    severity: "error",
    what: `The annotation ${HOOK_SIDECARS_ANNOTATION} cannot be read: ${sidecars.problem}.`,
    why: "KubeVirt cannot make a pod for the VM.",
    mend: correction === undefined
      ? "Write a string with a list in JSON, such as:"
      : "Write a string for each word, in a list:",
    snippet: correction ?? SNIPPET,
  })];
};

/** The VM runs sidecars, but not this one. */
export const sidecarImage: Rule = (subject) => {
  const { sidecars } = subject;
  if (sidecars.kind !== "list" || ourSidecar(sidecars) !== undefined) return [];
  return [findingInAnnotation(subject, undefined, {
    code: "sidecar-image",
    severity: "error",
    what: `The annotation names no eks-irsa-sidecar, but ${
      sidecars.entries.map(sidecarName).join(", ") || "nothing"
    }.`,
    why: "An image is known by its name: irsa-sidecar has to be in its last part.",
    mend: "Keep the name when you copy the image, or add to the list:",
    snippet: `{"image": "${IMAGE}"}`,
  })];
};

/** The image has the name of ours, and is known to be another program. */
export const sidecarNamesake: Rule = (subject) => {
  const image = ourSidecar(subject.sidecars)?.image;
  if (image === undefined || !isUpstreamImage(image)) return [];
  return [findingInAnnotation(subject, placeInOurs(subject.sidecars, "image"), {
    code: "sidecar-namesake",
    severity: "warning",
    what: `The image ${image} is another program with the same name.`,
    why:
      "It comes from KubeVirt's pull request 14568. It knows other args, changes the user data in other " +
      "ways, and does not mount the share: what is said here holds for this project's image.",
    mend: "If it is no copy of this project's image, write:",
    snippet: `"image": "${IMAGE}"`,
  })];
};

export const ANNOTATION_RULES: readonly Rule[] = [
  sidecarMissing,
  sidecarMisplaced,
  sidecarMisspelt,
  sidecarMalformed,
  sidecarImage,
  sidecarNamesake,
];
