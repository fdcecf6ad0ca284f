import { checkManifests } from "../../src/operator/check/check.ts";
import { type Edit, manifestsOf } from "./edit.ts";

/** What check finds in a changed fixture. */
export function checked(edit: Edit) {
  return checkManifests(manifestsOf(edit), ["vm.yaml"]);
}

export function findingsOf(edit: Edit) {
  return checked(edit).flatMap(({ findings }) => findings);
}

export function codesOf(edit: Edit): readonly string[] {
  return findingsOf(edit).map(({ code }) => code);
}
