import { systemReason } from "../../text/system_error.ts";
import { decodeUtf8 } from "../../text/utf8.ts";
import { type Manifest, ManifestError } from "./manifest.ts";
import { parseManifests } from "./parse.ts";

/**
 * Reads manifests from files, each once; `-` is the standard input.
 *
 * @throws {ManifestError} if a file cannot be read, or is not YAML.
 */
export async function readManifestFiles(files: readonly string[]): Promise<readonly Manifest[]> {
  const manifests: Manifest[] = [];
  for (const file of new Set(files)) {
    const name = nameOfFile(file);
    manifests.push(...parseManifests(await readText(file, name), name));
  }
  return manifests;
}

/** The name of a file for messages. */
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
    throw new ManifestError(whyUnreadable(error, name));
  }
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new ManifestError(`${name} is not UTF-8: save it as UTF-8 text.`);
  // Editors on Windows write a byte order mark, which JSON does not allow.
  return text.replace(/^\uFEFF/, "");
}

function whyUnreadable(error: unknown, name: string): string {
  const { IsADirectory, NotCapable } = Deno.errors;
  if (error instanceof IsADirectory) return `${name} is a folder: name the files in it.`;
  // Deno opens devices and the files of /proc only with --allow-all, which the program does not have.
  if (error instanceof NotCapable) {
    return `${name} is a device or a file of /proc, which the program may not open: ` +
      "pipe it to the standard input, and name that as -.";
  }
  return `${name} cannot be read: ${systemReason(error) ?? "the system does not say why"}.`;
}
