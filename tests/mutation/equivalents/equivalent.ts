import type { Mutant } from "../mutants.ts";

/** A mutant that nobody can tell from the source, and the reason. An entry without `code` is for the whole file. */
export interface Equivalent extends Pick<Mutant, "file" | "from" | "to"> {
  readonly code?: string;
  readonly reason: string;
}

export function isEntryFor(entry: Equivalent, { file, code, from, to }: Mutant): boolean {
  return entry.file === file && entry.from === from && entry.to === to &&
    (entry.code === undefined || entry.code === code);
}
