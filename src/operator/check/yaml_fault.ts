import { parseDocument, type YAMLParseError } from "yaml";

/** What PyYAML and the `yaml` package take for different things. */
const DISPUTED: readonly RegExp[] = [
  // Line breaks, and a mark that is white space for one of them.
  /[\u0085\u2028\u2029\uFEFF]|\r(?!\n)/,
  // A comment without a space before it.
  /[[{,]#/,
  // A block scalar's header on a line of its own, where it may be indented as its key is.
  /^[ \t]*[|>][-+\d]*[ \t]*$/m,
  // An anchor with a colon in its name.
  /&[^\s&:]*:/,
];

/**
 * Where a text stops being YAML for PyYAML, which cloud-init and cloudbase-init read cloud-config with; counted
 * from 0. Nothing is said of a text that PyYAML may take: it minds no key that is there twice, and the
 * indentation of what stands in quotes or brackets means nothing to it (yaml/pyyaml lib/yaml/scanner.py,
 * fetch_more_tokens and unwind_indent).
 */
export function yamlFault(text: string): number | undefined {
  if (DISPUTED.some((pattern) => pattern.test(text))) return undefined;
  const { errors: [error] } = parseDocument(text, {
    version: "1.1",
    strict: false,
    uniqueKeys: false,
    merge: true,
  });
  if (error === undefined || error.code === "BLOCK_IN_FLOW") return undefined;
  const { pos: [at] } = error;
  const awaited = awaitedBy(error);
  if (awaited === undefined) return at;
  // What closes it may stand further down, by less than the indentation that the package asks for.
  if (text.slice(at).includes(awaited)) return undefined;
  return /["']/.test(awaited) ? text.lastIndexOf(awaited, at - 1) : at;
}

/** The quote or the bracket that is missing where the parser has stopped, if it says so. */
function awaitedBy({ code, message }: YAMLParseError): string | undefined {
  if (code !== "BAD_INDENT" && code !== "MISSING_CHAR") return undefined;
  return /^(?:Missing closing |Flow .* end with a )(["'\]}])/.exec(message)?.[1];
}
