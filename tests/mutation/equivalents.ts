import type { Mutant } from "./mutants.ts";

/** A mutant that nobody can tell from the source, and the reason. An entry without `code` is for the whole file. */
export interface Equivalent extends Pick<Mutant, "file" | "from" | "to"> {
  readonly code?: string;
  readonly reason: string;
}

export function isEntryFor(entry: Equivalent, { file, code, from, to }: Mutant): boolean {
  return entry.file === file && entry.from === from && entry.to === to &&
    (entry.code === undefined || entry.code === code);
}

const NOT_ABSENT = "the compiler asks for it: the value is never absent here";

const NOTHING_ELSE_THROWN = "no other error is thrown here, unless by a fault of the program";

export const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: "src/domain/address.ts",
    from: '"0"',
    to: '""',
    reason: "Number() makes 0 of both",
  },
  { file: "src/domain/document.ts", from: "root?.name", to: "root.name", reason: NOT_ABSENT },
  { file: "src/domain/document.ts", from: "root?.start", to: "root.start", reason: NOT_ABSENT },
  {
    file: "src/domain/encoding.ts",
    from: "declaration.indices?.[1]",
    to: "declaration.indices[1]",
    reason: NOT_ABSENT,
  },
  {
    file: "src/domain/encoding.ts",
    from: "declaration.indices?.[2]",
    to: "declaration.indices[2]",
    reason: NOT_ABSENT,
  },
  {
    file: "src/domain/encoding.ts",
    from: "[0, 0]",
    to: "[]",
    reason: "an absent start is not above 0 either",
  },
  {
    file: "src/domain/oem_strings.ts",
    from: "os === undefined",
    to: "false",
    reason: "the compiler asks for it: without os there is no architecture either",
  },
  {
    file: "src/domain/patch.ts",
    from: "attribute !== undefined",
    to: "true",
    reason: "the compiler asks for it: what is absent has no value that is equal",
  },
  {
    file: "src/hooks/info.ts",
    from: "[]",
    to: '["Stryker was here"]',
    reason: "no hook point has this name",
  },
  {
    file: "src/hooks/on_define_domain.ts",
    from: "!(error instanceof InvalidInput)",
    to: "false",
    reason: NOTHING_ELSE_THROWN,
  },
  {
    file: "src/hooks/on_define_domain.ts",
    code: 'return { kind: "refused", reason: error.message };',
    from: '"refused"',
    to: '""',
    reason: "it is only compared with the other kind",
  },
  {
    file: "src/domain/surrogates.ts",
    from: "unit.charCodeAt(0) - FIRST_SURROGATE + FIRST_LETTER",
    to: "unit.charCodeAt(0) - FIRST_SURROGATE - FIRST_LETTER",
    reason: "16 bits: these are 2048 other letters",
  },
];
