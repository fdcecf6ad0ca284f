/** One line of a diff: kept, added or removed. */
export interface DiffLine {
  readonly sign: " " | "+" | "-";
  readonly text: string;
}

/** How many unchanged lines are shown around a change. */
const CONTEXT = 1;

/** What changed between two texts of a few hundred lines at most, line by line. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  return withContext(allLines(before.split("\n"), after.split("\n")));
}

/** The longest common subsequence, kept; what is beside it, removed and added. */
function allLines(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  const common: number[][] = Array.from(
    { length: before.length + 1 },
    () => new Array<number>(after.length + 1).fill(0),
  );
  const at = (row: number, column: number) => common[row]?.[column] ?? 0;
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      const line = common[row];
      if (line === undefined) continue;
      line[column] = before[row] === after[column]
        ? at(row + 1, column + 1) + 1
        : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: DiffLine[] = [];
  let row = 0;
  let column = 0;
  while (row < before.length || column < after.length) {
    const old = before[row];
    const fresh = after[column];
    if (old !== undefined && old === fresh) {
      lines.push({ sign: " ", text: old });
      row++;
      column++;
    } else if (
      old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))
    ) {
      lines.push({ sign: "-", text: old });
      row++;
    } else {
      lines.push({ sign: "+", text: fresh ?? "" });
      column++;
    }
  }
  return lines;
}

function withContext(lines: readonly DiffLine[]): readonly DiffLine[] {
  return lines.filter((_line, index) =>
    lines.slice(Math.max(0, index - CONTEXT), index + CONTEXT + 1).some(({ sign }) => sign !== " ")
  );
}
