import { YamlProblem } from "./yaml_problem.ts";

/** The value of a scalar, before it becomes JSON: a bigint is a whole number, a number a float. */
export type ScalarValue = string | number | bigint | boolean | null;

/** A scalar of a YAML file. */
export interface PlainOrQuoted {
  readonly text: string;
  /** Whether it has neither quotes nor the header of a block. */
  readonly isPlain: boolean;
  /** In full: `tag:yaml.org,2002:int`. */
  readonly tag: string | undefined;
  /** Its offset in the file. */
  readonly at: number;
}

/** Words that are no text without quotes. */
const WORDS: ReadonlyMap<string, boolean | number | null> = new Map(
  ([
    ["y Y yes Yes YES true True TRUE on On ON", true],
    ["n N no No NO false False FALSE off Off OFF", false],
    [".nan .NaN .NAN", NaN],
    [".inf .Inf .INF +.inf +.Inf +.INF", Infinity],
    ["-.inf -.Inf -.INF", -Infinity],
    ["~ null Null NULL", null],
  ] as const).flatMap(([words, value]) => words.split(" ").map((word) => [word, value])),
);

const INTEGER = /^([-+]?)(0[bB][01]+|0[oO]?[0-7]+|0[xX][0-9a-fA-F]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const MAX_INT64 = 2n ** 63n - 1n;
const MAX_UINT64 = 2n ** 64n - 1n;

/**
 * The value of a scalar as kubectl reads it: YAML 1.1 with the habits of its parser (yaml/go-yaml v2 resolve.go).
 *
 * @throws {YamlProblem} if the text does not fit its tag.
 */
export function scalarValue({ text, isPlain, tag, at }: PlainOrQuoted): ScalarValue {
  if (tag === undefined) return isPlain ? plainValue(text) : text;
  const type = tag.replace("tag:yaml.org,2002:", "");
  const value = type === "binary" ? binaryText(text) : valueAs(type, text);
  if (value === undefined) throw new YamlProblem("a value does not fit its tag", at);
  return value;
}

/** The value of a text that has a tag; undefined if it does not fit. */
function valueAs(type: string, text: string): ScalarValue | undefined {
  const value = plainValue(text);
  switch (type) {
    case "null":
      return value === null ? value : undefined;
    case "bool":
      return typeof value === "boolean" ? value : undefined;
    case "int":
      return typeof value === "bigint" ? value : undefined;
    case "float":
      return typeof value === "bigint" && value <= MAX_INT64
        ? Number(value)
        : typeof value === "number"
        ? value
        : undefined;
    case "timestamp":
      // A date is text for kubectl.
      return /^\d{4}-/.test(text) ? text : undefined;
    default:
      return text;
  }
}

function plainValue(text: string): ScalarValue {
  const word = text === "" ? null : WORDS.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text)) return text;
  const digits = text.replaceAll(text.startsWith(".") ? /(?<=\d)_(?=\d)/g : "_", "");
  return integer(digits) ?? float(digits) ?? text;
}

/** An integer of 64 bits, as Go's ParseInt and ParseUint read it (Go strconv/atoi.go, with base 0). */
function integer(text: string): bigint | undefined {
  // The parser reads a sign behind 0b, too.
  const found = INTEGER.exec(text.replace(/0b([-+])/, "$10b"));
  if (found === null) return undefined;
  const [, sign, digits] = found;
  const size = BigInt(String(digits).replace(/^0(?=[0-7])/, "0o"));
  if (sign === "-") return size <= MAX_INT64 + 1n ? -size : undefined;
  return size <= (sign === "" ? MAX_UINT64 : MAX_INT64) ? size : undefined;
}

function float(text: string): number | undefined {
  const value = FLOAT.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) ? value : undefined;
}

/** The text of a value with the tag `!!binary`; undefined if it is not base64. */
function binaryText(text: string): string | undefined {
  const base64 = text.replaceAll(/[\r\n]/g, "");
  return /^[A-Za-z0-9+/]*={0,2}$/.test(base64) && base64.length % 4 === 0
    ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.fromBase64(base64))
    : undefined;
}

/** The key of JSON for a key of YAML (kubernetes-sigs/yaml yaml.go); undefined for what kubectl refuses. */
export function keyText(key: ScalarValue): string | undefined {
  if (key === null || typeof key === "bigint" && key > MAX_INT64) return undefined;
  return typeof key === "number" ? floatKey(key) : String(key);
}

/** A float as Go writes it with `strconv.FormatFloat(key, 'g', -1, 32)`. */
function floatKey(key: number): string {
  const single = Math.fround(key);
  if (!Number.isFinite(single)) {
    return Number.isNaN(single) ? ".nan" : single < 0 ? "-.inf" : ".inf";
  }
  let digits = 0;
  let shortest: string;
  do shortest = single.toExponential(digits++); while (Math.fround(Number(shortest)) !== single);
  const exponent = Number(shortest.split("e")[1]);
  return exponent < -4 || exponent >= 6
    ? shortest.replace(/(?<=e[-+])(?=\d$)/, "0")
    : String(Number(shortest));
}
