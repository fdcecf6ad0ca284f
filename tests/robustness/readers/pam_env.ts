/**
 * Reads an environment file by the rules of linux-pam's pam_env (modules/pam_env/pam_env.c,
 * `_assemble_line` and `_parse_env_file`).
 *
 * @param bufferSize 1024 up to release 1.3.1, which reads a longer line in pieces; absent for later ones.
 */
export function readAsPam(file: string, bufferSize?: number): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  for (const line of assembledLines(pieces(bytesAsText(file), bufferSize))) {
    const [name, value] = parseLine(line) ?? [];
    if (name !== undefined && value !== undefined) variables.set(name, textOfBytes(value));
  }
  return variables;
}

/** One character for each byte, as in C. */
function bytesAsText(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

function textOfBytes(text: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(
    Uint8Array.from(text, (character) => character.charCodeAt(0)),
  );
}

/** What fgets returns: lines, or as much of a line as the buffer holds. */
function pieces(text: string, bufferSize: number | undefined): string[] {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return bufferSize === undefined ? lines : lines.flatMap((line) => {
    const size = bufferSize - 1;
    return Array.from(
      { length: Math.ceil(line.length / size) },
      (_, index) => line.slice(index * size, (index + 1) * size),
    );
  });
}

/** The lines without comments and blank lines. A line that ends in a backslash is joined with the next. */
function assembledLines(lines: readonly string[]): string[] {
  const assembled: string[] = [];
  let held = "";
  for (const line of lines) {
    const text = line.replace(/^[ \n\t]+/, "");
    if (text === "" || text.startsWith("#")) continue;
    const hash = text.indexOf("#");
    const content = hash === -1 ? text.replace(/[ \t\n]+$/, "") : text.slice(0, hash);
    if (hash === -1 && content.endsWith("\\")) {
      held += content.slice(0, -1);
    } else {
      assembled.push(held + content);
      held = "";
    }
  }
  return assembled;
}

function parseLine(line: string): readonly [string, string] | undefined {
  const text = line.replace(/^[ \n\t]+/, "").replace(/^export /, "").split(/[\n#]/, 1)[0] ?? "";
  const equals = text.indexOf("=");
  const name = equals === -1 ? text : text.slice(0, equals);
  if (equals < 1 || /[^A-Za-z0-9_]/.test(name)) return undefined;
  const value = text.slice(equals + 1);
  // A quote at the start is removed, and one at the very end; those between are kept.
  return [name, /^["']/.test(value) ? value.slice(1).replace(/["']$/, "") : value];
}
