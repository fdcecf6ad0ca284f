/** Runs the tier's checks, prints what came of them and counts them. */
import { repositoryPath } from "../support/paths.ts";

let passed = 0;
let failed = 0;

/** Runs one check, which throws if it fails. */
export async function check(name: string, body: () => unknown): Promise<void> {
  try {
    await body();
    passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n${error instanceof Error ? error.message : error}`);
  }
}

/** Runs checks that start the program with `command`. */
export async function withProgram(
  command: readonly string[],
  body: () => Promise<void>,
): Promise<void> {
  const before = Deno.env.get("SIDECAR_CMD");
  Deno.env.set("SIDECAR_CMD", command.join(" "));
  try {
    await body();
  } finally {
    if (before === undefined) Deno.env.delete("SIDECAR_CMD");
    else Deno.env.set("SIDECAR_CMD", before);
  }
}

/** Which tests of a file or folder are run. */
export interface Selection {
  /** So many have to be run: fewer are a failure. */
  readonly atLeast: number;
  /** Of these names, as `deno test --filter` takes it; all unless given. */
  readonly filter?: string;
}

/** Runs some of the tests against the program that `command` starts; each counts as one of ours. */
export async function suite(
  name: string,
  path: string,
  command: readonly string[],
  { atLeast, filter }: Selection,
): Promise<void> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "test",
      "--quiet",
      "--frozen",
      "--allow-all",
      ...(filter === undefined ? [] : [`--filter=${filter}`]),
      path,
    ],
    cwd: repositoryPath("."),
    env: { NO_COLOR: "1", SIDECAR_CMD: command.join(" ") },
  }).output();
  const text = new TextDecoder().decode(stdout);
  const [, good, bad] = /(\d+) passed(?: \([^)]*\))? \| (\d+) failed/.exec(text) ?? [];
  if (good === undefined || bad === undefined) {
    failed++;
    console.log(`FAILED  ${name} did not run\n${text}`);
    return;
  }
  passed += Number(good);
  failed += Number(bad);
  const enough = Number(good) + Number(bad) >= atLeast;
  if (!enough) failed++;
  const holds = bad === "0" && enough;
  console.log(
    `${holds ? "ok    " : "FAILED"}  ${name}: ${good} passed, ${bad} failed` +
      (enough ? "" : `, and ${atLeast} were to be run`),
  );
  if (!holds) console.log(text);
}

/** Prints the count. */
export function summary(): { readonly failed: number } {
  console.log(`${passed} passed, ${failed} failed`);
  return { failed };
}
