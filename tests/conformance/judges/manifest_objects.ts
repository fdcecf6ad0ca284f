import { parseAllDocuments } from "yaml";
import { asObject, type JsonObject, objectsMember } from "../../../src/text/json.ts";

/** The objects of a file, those in its lists too. */
export function objectsIn(text: string): JsonObject[] {
  const parsed = parseAllDocuments(text, { version: "1.1" });
  if (!Array.isArray(parsed)) return [];
  return parsed.map((document) => asObject(document.toJS()))
    .filter((object) => object !== undefined)
    .flatMap((object) => object.kind === "List" ? objectsMember(object, "items") : [object]);
}
