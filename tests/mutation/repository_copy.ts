import { posix } from "node:path";
import { repositoryPath } from "../support/paths.ts";

/** Copies the repository's files to a new temporary folder, with other text for some of them. */
export async function copyRepository(changed: ReadonlyMap<string, string>): Promise<string> {
  const copy = await Deno.makeTempDir({ prefix: "mutation-" });
  for (const file of await git("ls-files", "--cached", "--others", "--exclude-standard")) {
    await Deno.mkdir(posix.dirname(`${copy}/${file}`), { recursive: true });
    const text = changed.get(file);
    if (text !== undefined) await Deno.writeTextFile(`${copy}/${file}`, text);
    // A file that was removed is still in the index.
    else await Deno.copyFile(repositoryPath(file), `${copy}/${file}`).catch(ignoreMissing);
  }
  return copy;
}

/** The source files that differ from main. */
export async function changedSources(): Promise<readonly string[]> {
  const [base = "main"] = await git("merge-base", "main", "HEAD");
  return (await git("diff", "--name-only", "--diff-filter=d", base)).filter(isSource);
}

/** The source files that some files and folders are or have. */
export async function sourcesIn(paths: readonly string[]): Promise<readonly string[]> {
  const files = await git("ls-files", "--cached", "--others", "--exclude-standard", ...paths);
  return files.filter(isSource);
}

/**
 * Tests that take too long for this: of random manifests, which are others each time, and of the commands in the
 * documents.
 */
const LEFT_OUT = ["tests/operator/any_manifest_test.ts", "tests/operator/documentation_test.ts"];

/** The files of the tests that `deno task test` runs. */
export async function testFiles(): Promise<readonly string[]> {
  const folders = ["tests/unit", "tests/operator", "tests/integration"];
  const files = await git("ls-files", "--cached", "--others", "--exclude-standard", ...folders);
  return files.filter((file) => file.endsWith("_test.ts") && !LEFT_OUT.includes(file));
}

const IMPORT = /(?:from|import)\s*\(?\s*"(\.[^"]+\.ts)"/g;

/** Every file that a file imports, and they import. */
export function importsOf(file: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, specifier = ""] of Deno.readTextFileSync(repositoryPath(file)).matchAll(IMPORT)) {
    importsOf(posix.join(posix.dirname(file), specifier), found);
  }
  return found;
}

function isSource(file: string): boolean {
  return file === "main.ts" || /^src\/.*\.ts$/.test(file);
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

async function git(...args: readonly string[]): Promise<readonly string[]> {
  const { code, stdout, stderr } = await new Deno.Command("git", {
    args: [...args],
    cwd: repositoryPath("."),
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(decoder.decode(stderr));
  return decoder.decode(stdout).split("\n").filter(Boolean);
}
