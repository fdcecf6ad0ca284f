import { type Manifest, ManifestError } from "./manifest.ts";
import { parseManifests } from "./parse.ts";

/**
 * Reads manifests from files; `-` is the standard input.
 *
 * @throws {ManifestError} if a file cannot be read or is no YAML.
 */
export async function readManifestFiles(files: readonly string[]): Promise<readonly Manifest[]> {
  const manifests: Manifest[] = [];
  for (const file of files) {
    const name = nameOfFile(file);
    manifests.push(...await parseManifests(await readText(file, name), name));
  }
  return manifests;
}

/** What people know a file of the command line by. */
export function nameOfFile(file: string): string {
  return file === "-" ? "standard input" : file;
}

async function readText(file: string, name: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = file === "-"
      ? new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer())
      : await Deno.readFile(file);
  } catch (error) {
    throw new ManifestError(`${name} cannot be read: ${reasonOf(error)}.`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ManifestError(`${name} is not UTF-8: save it as UTF-8 text.`);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0] ?? "";
}
