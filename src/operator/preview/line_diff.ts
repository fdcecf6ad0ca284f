import { diff } from "node:util";

/** One line of a diff: kept, added or removed. */
export interface DiffLine {
  readonly sign: " " | "+" | "-";
  readonly text: string;
}

/** How many unchanged lines are shown around a change. */
const CONTEXT_LINES = 1;

/** The lines that differ between two texts, with unchanged lines around them. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const lines = diff(before.split("\n"), after.split("\n"))
    .map(([operation, text]): DiffLine => ({
      sign: operation === 0 ? " " : operation < 0 ? "+" : "-",
      text,
    }));
  return lines.filter((_line, index) =>
    lines.slice(Math.max(0, index - CONTEXT_LINES), index + CONTEXT_LINES + 1)
      .some(({ sign }) => sign !== " ")
  );
}
