import { member, objectMember } from "../../../text/json.ts";
import type { Rule } from "../rule.ts";

const metadataName: Rule = {
  code: "metadata-name",
  severity: "error",
  looksAt: "The manifest",
  summary: "a name that YAML takes for a number",
  find({ virtualMachine: { manifest } }) {
    const name = member(objectMember(manifest.object, "metadata"), "name");
    if (name === undefined || typeof name === "string") return [];
    return [{
      manifest,
      path: ["metadata", "name"],
      what:
        "The name is not a string: without quotes YAML takes it for something else, such as a number.",
      why: "The API server refuses the VM.",
      fix: "Put the name into quotes.",
    }];
  },
};

/** What is wrong with the manifest as a whole. */
export const MANIFEST_RULES: readonly Rule[] = [metadataName];
