import { INJECT_LABEL } from "../../../admission/opt_in.ts";
import { annotationsOf, HOOK_SIDECARS_ANNOTATION } from "../../../kubevirt/metadata.ts";
import { member } from "../../../text/json.ts";
import { isUpstreamImage, ourSidecar, sidecarName } from "../../manifest/hook_sidecars.ts";
import { IMAGE } from "../../manifest/image.ts";
import { formatPath } from "../../manifest/path.ts";
import { canDomainDeliver, type CheckContext } from "../check_context.ts";
import { inAnnotation, inOurEntry } from "../places.ts";
import type { Rule } from "../rule.ts";

const SNIPPET = `${HOOK_SIDECARS_ANNOTATION}: '[{"image": "${IMAGE}"}]'`;
/** For a VM without a cloud-init volume, to which the domain gives the role. */
const SNIPPET_FOR_DOMAIN =
  `${HOOK_SIDECARS_ANNOTATION}: '[{"image": "${IMAGE}", "args": ["--hooks", "onDefineDomain"]}]'`;

/** Misspelt names of the annotation, in lower case and with letters only. */
const MISSPELT = /^(hooks?kubevirtio)?hooks?sidecars?$/;

/** Mistakes in the annotation with the hook sidecars. */
export const ANNOTATION_RULES: readonly Rule[] = [
  {
    code: "sidecar-missing",
    severity: "error",
    looksAt: "The sidecar",
    summary: "no annotation `hooks.kubevirt.io/hookSidecars`",
    find(context) {
      if (context.sidecars.kind !== "absent") return [];
      if (isMisplaced(context)) return [];
      const { manifest, vmiPath } = context.virtualMachine;
      const place = formatPath([...vmiPath, "metadata", "annotations"]);
      const misspelt = [...context.vmi.annotations.keys()].find((key) =>
        MISSPELT.test(key.toLowerCase().replace(/[^a-z]/g, ""))
      );
      return [{
        manifest,
        path: misspelt === undefined
          ? [...vmiPath, "metadata"]
          : [...vmiPath, "metadata", "annotations", misspelt],
        what: `The VM does not run the sidecar: it has no annotation ${HOOK_SIDECARS_ANNOTATION}` +
          `${misspelt === undefined ? "" : `, but ${misspelt}`}.`,
        why: "KubeVirt starts hook sidecars only for a VM that names them.",
        fix: `If the cluster has the admission policy of deploy/, give ${
          vmiPath.length === 0 ? "it" : "its template"
        } the label ${INJECT_LABEL}: "true". Otherwise add to ${place}:`,
        snippet: canDomainDeliver(context) && context.cloudInit === undefined
          ? SNIPPET_FOR_DOMAIN
          : SNIPPET,
      }];
    },
  },
  {
    code: "sidecar-misplaced",
    severity: "error",
    looksAt: "The sidecar",
    summary: "the annotation is on the VirtualMachine and not on its template",
    find(context) {
      if (!isMisplaced(context)) return [];
      const { manifest, vmiPath } = context.virtualMachine;
      return [{
        manifest,
        path: ["metadata", "annotations", HOOK_SIDECARS_ANNOTATION],
        what: `The annotation ${HOOK_SIDECARS_ANNOTATION} is on the ${manifest.kind} itself.`,
        why: "KubeVirt copies the annotations of the template to the VMI, and no others.",
        fix: `Move it to ${formatPath([...vmiPath, "metadata", "annotations"])}.`,
      }];
    },
  },
  {
    code: "sidecar-malformed",
    severity: "error",
    looksAt: "The sidecar",
    summary: "the annotation is not a string with a JSON list that KubeVirt can read",
    find(context) {
      const { sidecars } = context;
      if (sidecars.kind !== "malformed") return [];
      const { correction } = sidecars;
      return [inAnnotation(context, sidecars.character, {
        what: `The annotation ${HOOK_SIDECARS_ANNOTATION} cannot be read: ${sidecars.problem}.`,
        why: "KubeVirt cannot make a pod for the VM.",
        fix: correction === undefined
          ? "Write a string with a list in JSON, such as:"
          : "Write a list with one string for each word:",
        snippet: correction ?? SNIPPET,
      })];
    },
  },
  {
    code: "sidecar-image",
    severity: "error",
    looksAt: "The sidecar",
    summary: "the annotation lists only other images",
    find(context) {
      const { sidecars } = context;
      if (sidecars.kind !== "list" || ourSidecar(sidecars) !== undefined) return [];
      const names = sidecars.entries.map(sidecarName).join(", ");
      return [inAnnotation(context, undefined, {
        what: `eks-irsa-sidecar is not in the annotation's list${
          names === "" ? "" : `: ${names}`
        }.`,
        why: "The last part of the image's name has to contain irsa-sidecar.",
        fix: "Keep the name when you copy the image, or add to the list:",
        snippet: `{"image": "${IMAGE}"}`,
      })];
    },
  },
  {
    code: "sidecar-upstream-image",
    severity: "warning",
    looksAt: "The sidecar",
    summary: "an image of the same name that is known to be another program",
    find(context) {
      const image = ourSidecar(context.sidecars)?.image;
      if (image === undefined || !isUpstreamImage(image)) return [];
      return [inOurEntry(context, "image", {
        what: `The image ${image} is another program with the same name.`,
        why:
          "It comes from KubeVirt's pull request 14568. It has other args, changes the user data in other " +
          "ways, and does not mount the share. This check is about the image of this project.",
        fix: "Unless it is a copy of this project's image, write:",
        snippet: `"image": "${IMAGE}"`,
      })];
    },
  },
];

function isMisplaced({ sidecars, virtualMachine: { manifest } }: CheckContext): boolean {
  return sidecars.kind === "absent" &&
    member(annotationsOf(manifest.object), HOOK_SIDECARS_ANNOTATION) !== undefined;
}
