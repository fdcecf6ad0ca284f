import { member, objectMember } from "../../../text/json.ts";
import { formatPath, type Path } from "../../manifest/path.ts";
import { givenServiceAccount } from "../role.ts";
import type { Rule } from "../rule.ts";

/** Mistakes in the manifest as a whole. */
export const MANIFEST_RULES: readonly Rule[] = [
  {
    code: "metadata-name",
    severity: "error",
    looksAt: "The manifest",
    summary: "a name that is not a string, such as a number without quotes",
    find({ virtualMachine: { manifest } }) {
      const name = member(objectMember(manifest.object, "metadata"), "name");
      if (name === undefined || typeof name === "string") return [];
      return [{
        manifest,
        path: ["metadata", "name"],
        what:
          "The name is not a string: without quotes YAML reads it as another type, such as a number or a boolean.",
        why: "The API server refuses the VM.",
        fix: "Put the name in quotes.",
      }];
    },
  },
  {
    code: "text-expected",
    severity: "error",
    looksAt: "The manifest",
    summary: "a number or a boolean, such as `no`, where a string is expected",
    find: (context) =>
      [context.virtualMachine.manifest, givenServiceAccount(context)].flatMap((manifest) =>
        manifest === undefined ? [] : valuesOfTexts(manifest.object, []).map(({ path, value }) => ({
          manifest,
          path,
          what: `${formatPath(path)} is the ${typeof value} ${value}, and has to be a string.`,
          why:
            "kubectl reads YAML 1.1, where no, on, y, 1_000 and 0b101 are no text without quotes. " +
            "The API server refuses the object.",
          fix: "Put the value in quotes.",
        }))
      ),
  },
  {
    code: "repeated-key",
    severity: "warning",
    looksAt: "The manifest",
    summary: "a key is there twice in a map",
    find: ({ virtualMachine: { manifest } }) =>
      manifest.repeatedKeys.map((path) => ({
        manifest,
        path,
        what: `${formatPath(path)} is there more than once.`,
        why: "kubectl uses the last one; kustomize and others refuse the file.",
        fix: "Remove all but one.",
      })),
  },
];

/** Keys of a VM and of a service account whose values are strings. */
const TEXTS = new Set(
  "generateName namespace serviceAccountName hostname subdomain image path userData userDataBase64 claimName secretName"
    .split(" "),
);

/** Keys whose values are maps of strings. */
const MAPS_OF_TEXTS = new Set(["labels", "annotations", "nodeSelector", "matchLabels"]);

/** The values that are no strings and should be. The name of the object itself has a rule of its own. */
function valuesOfTexts(
  value: unknown,
  path: Path,
): readonly { readonly path: Path; readonly value: number | boolean }[] {
  if (typeof value !== "object" || value === null) {
    const [key = "", parent = ""] = path.toReversed();
    const isText = TEXTS.has(String(key)) || MAPS_OF_TEXTS.has(String(parent)) ||
      key === "name" && parent !== "metadata";
    return isText && (typeof value === "number" || typeof value === "boolean")
      ? [{ path, value }]
      : [];
  }
  return Object.entries(value).flatMap(([key, inner]) =>
    valuesOfTexts(inner, [...path, Array.isArray(value) ? Number(key) : key])
  );
}
