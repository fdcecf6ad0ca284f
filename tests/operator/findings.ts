import { checkManifests } from "../../src/check/check.ts";
import { type Edit, manifestsOf } from "./edit.ts";

/** What check says of a fixture that was changed. */
export async function checked(edit: Edit) {
  return checkManifests(await manifestsOf(edit), ["vm.yaml"]);
}

export async function findingsOf(edit: Edit) {
  return (await checked(edit)).flatMap(({ findings }) => findings);
}

export async function codesOf(edit: Edit): Promise<readonly string[]> {
  return (await findingsOf(edit)).map(({ code }) => code);
}
