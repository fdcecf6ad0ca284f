import { member, objectMember } from "../../json.ts";
import { HOOK_SIDECARS_ANNOTATION, ourSidecar } from "../../manifest/hook_sidecars.ts";
import { formatPath } from "../../manifest/path.ts";
import { findingAt, type Rule } from "../subject.ts";

const IMAGE = "ghcr.io/eks-irsa-sidecar/eks-irsa-sidecar:0.1.0";
const BELOW = ["metadata", "annotations", HOOK_SIDECARS_ANNOTATION];

/** The VM does not run any hook sidecar. */
export const sidecarMissing: Rule = (subject) => {
  if (subject.sidecars.kind !== "absent" || isMisplaced(subject)) return [];
  const place = formatPath([...subject.virtualMachine.vmiPath, "metadata", "annotations"]);
  return [findingAt(subject, ["metadata"], {
    code: "sidecar-missing",
    severity: "error",
    what: `The VM does not run the sidecar: it has no annotation ${HOOK_SIDECARS_ANNOTATION}.`,
    why: "KubeVirt starts hook sidecars only for a VM that names them.",
    mend: `Add to ${place}: ${HOOK_SIDECARS_ANNOTATION}: '[{"image": "${IMAGE}"}]'`,
  })];
};

/** The annotation is on the VirtualMachine and not on its template. */
export const sidecarMisplaced: Rule = (subject) => {
  if (!isMisplaced(subject)) return [];
  const { manifest, vmiPath } = subject.virtualMachine;
  return [{
    code: "sidecar-misplaced",
    severity: "error",
    manifest,
    path: BELOW,
    what: `The annotation ${HOOK_SIDECARS_ANNOTATION} is on the ${manifest.kind} itself.`,
    why: "KubeVirt copies the annotations of the template to the VMI, and no others.",
    mend: `Move it to ${formatPath([...vmiPath, "metadata", "annotations"])}.`,
  }];
};

function isMisplaced({ sidecars, virtualMachine: { manifest, vmiPath } }: Parameters<Rule>[0]) {
  const own = objectMember(objectMember(manifest.object, "metadata"), "annotations");
  return sidecars.kind === "absent" && vmiPath.length > 0 &&
    member(own, HOOK_SIDECARS_ANNOTATION) !== undefined;
}

/** The annotation is not what KubeVirt can read. */
export const sidecarMalformed: Rule = (subject) => {
  if (subject.sidecars.kind !== "malformed") return [];
  return [findingAt(subject, BELOW, {
    code: "sidecar-malformed",
    severity: "error",
    what: `The annotation ${HOOK_SIDECARS_ANNOTATION} cannot be read: ${subject.sidecars.problem}.`,
    why: "KubeVirt cannot make a pod for the VM.",
    mend: `Write a string with a JSON list: '[{"image": "${IMAGE}", "args": ["--os", "linux"]}]'`,
  })];
};

/** The VM runs sidecars, but not this one. */
export const sidecarImage: Rule = (subject) => {
  const { sidecars } = subject;
  if (sidecars.kind !== "list" || ourSidecar(sidecars) !== undefined) return [];
  const images = sidecars.entries.map(({ image }) => image || "an entry without an image");
  return [findingAt(subject, BELOW, {
    code: "sidecar-image",
    severity: "error",
    what: `The annotation names no eks-irsa-sidecar, but ${images.join(", ") || "nothing"}.`,
    why: "An image is known by its name: irsa-sidecar has to be in its last part.",
    mend: `Add {"image": "${IMAGE}"} to the list, or keep the name when you copy the image.`,
  })];
};

/** The sidecar would end at once. */
export const sidecarArgs: Rule = (subject) => {
  if (subject.argsProblem === undefined) return [];
  return [findingAt(subject, BELOW, {
    code: "sidecar-args",
    severity: "error",
    what: `The args of the sidecar cannot be understood. ${subject.argsProblem}`,
    why:
      "The sidecar ends with exit code 2, virt-launcher waits for it in vain, and the VM does not start.",
    mend: "Mend the args in the annotation; eks-irsa-sidecar serve --help lists them.",
  })];
};

/** The sidecar is there more than once. */
export const sidecarRepeated: Rule = (subject) => {
  const { sidecars } = subject;
  const count = sidecars.kind === "list"
    ? sidecars.entries.filter(({ isOurs }) => isOurs).length
    : 0;
  if (count < 2) return [];
  return [findingAt(subject, BELOW, {
    code: "sidecar-repeated",
    severity: "warning",
    what: `The annotation names the sidecar ${count} times.`,
    why: "virt-launcher asks only one of them about cloud-init, whichever answers first.",
    mend: "Keep one entry.",
  })];
};

/** virt-launcher asks only the first sidecar that subscribes to PreCloudInitIso. */
export const otherSidecar: Rule = (subject) => {
  const { sidecars, hookPoints } = subject;
  if (sidecars.kind !== "list" || !hookPoints.has("PreCloudInitIso")) return [];
  const others = sidecars.entries.filter(({ isOurs, hookPath }) =>
    !isOurs && !hookPath?.endsWith("/onDefineDomain")
  );
  if (ourSidecar(sidecars) === undefined || others.length === 0) return [];
  const certain = others.some(({ hookPath }) => hookPath?.endsWith("/preCloudInitIso"));
  return [findingAt(subject, BELOW, {
    code: "other-sidecar",
    severity: certain ? "error" : "warning",
    what: `Another sidecar ${certain ? "changes" : "may change"} the cloud-init data too: ${
      others.map(({ image, hookPath }) => image || hookPath || "one without an image").join(", ")
    }.`,
    why:
      "virt-launcher asks only one sidecar that subscribes to preCloudInitIso, whichever answers " +
      "first.",
    mend: certain
      ? "Put what the other one does into the VM's own user data, and remove it."
      : "Make sure that the other one does not subscribe to preCloudInitIso, and ignore this.",
  })];
};

/** The guest gets no variables. */
export const hooksWithoutCloudInit: Rule = (subject) => {
  if (subject.hookPoints.has("PreCloudInitIso") || subject.argsProblem !== undefined) return [];
  return [findingAt(subject, BELOW, {
    code: "hooks-without-cloud-init",
    severity: "warning",
    what: "The sidecar is told not to change the cloud-init data.",
    why:
      "The guest has the device of the token's share, but nothing mounts it or sets AWS_ROLE_ARN.",
    mend: "Leave out --hooks and --version, or set up the guest yourself.",
  })];
};

/** The domain gets no device. */
export const hooksWithoutDomain: Rule = (subject) => {
  if (subject.hookPoints.has("OnDefineDomain") || subject.share.socket === undefined) return [];
  return [findingAt(subject, BELOW, {
    code: "hooks-without-domain",
    severity: "error",
    what: "The sidecar is told not to change the domain.",
    why: "The VM has no device for the token's share, so that the guest cannot reach the token.",
    mend: "Leave out --hooks, or share the token's folder with a containerPath volume.",
  })];
};

/** Only v1alpha3 ends the sidecar after a migration. */
export const hookVersion: Rule = (subject) => {
  if (subject.hookPoints.has("Shutdown")) return [];
  return [findingAt(subject, BELOW, {
    code: "hook-version",
    severity: "warning",
    what: `The sidecar is told to serve ${subject.options.versions.join(", ")} only.`,
    why:
      "Shutdown came with v1alpha3: without it the pod of a VM that was migrated away never ends.",
    mend: "Leave out --version: the sidecar then serves every version that KubeVirt knows.",
  })];
};

export const ANNOTATION_RULES: readonly Rule[] = [
  sidecarMissing,
  sidecarMisplaced,
  sidecarMalformed,
  sidecarImage,
  sidecarArgs,
  sidecarRepeated,
  otherSidecar,
  hooksWithoutCloudInit,
  hooksWithoutDomain,
  hookVersion,
];
