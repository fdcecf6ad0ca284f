import { member, objectMember } from "../../../text/json.ts";
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
          "The name is not a string: without quotes YAML reads it as another type, such as a number.",
        why: "The API server refuses the VM.",
        fix: "Put the name in quotes.",
      }];
    },
  },
];
