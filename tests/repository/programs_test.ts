import assert from "node:assert/strict";
import { repositoryPath } from "../support/paths.ts";
import { programPath } from "../support/scratch_guest.ts";

/** The programs whose tests are skipped if they are missing. */
function programs(): string[] {
  return Deno.readTextFileSync(repositoryPath(".ci/programs")).split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(" ")[0] ?? "");
}

Deno.test({
  name: "in CI, no test is left out for want of a program",
  ignore: Deno.env.get("CI") !== "true" || Deno.build.os !== "linux",
  fn() {
    const missing = programs().filter((program) => programPath(program) === undefined);
    assert.deepEqual(missing, [], "these are missing; .ci/install_programs installs them");
  },
});
