import type { Verdict } from "./judges/judge.ts";

/** The final table, and below it every case that failed and every remark. */
export function renderTable(verdicts: readonly Verdict[]): string {
  const rows = [
    ["judge", "version", "cases", "agreed"],
    ...verdicts.map(({ judge, version, cases, notRun }) => [
      judge,
      notRun === undefined ? version : "not run",
      String(cases.length),
      String(cases.filter((one) => one.agreed).length),
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length))
  );
  const lines = rows.map((row) =>
    row.map((cell, column) =>
      column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)
    ).join("  ")
  );
  lines.splice(1, 0, widths.map((width) => "-".repeat(width)).join("  "));
  for (const { judge, note } of verdicts) if (note) lines.push(`${judge}: ${note}`);
  for (const { judge, notRun } of verdicts) {
    if (notRun !== undefined) lines.push(`NOT RUN ${judge}: ${notRun}`);
  }
  for (const { judge, cases } of verdicts) {
    for (const { name, agreed, why } of cases) {
      if (!agreed) lines.push("", `DISAGREES ${judge}: ${name}`, indent(why ?? "no reason given"));
    }
  }
  return lines.join("\n");
}

function indent(text: string): string {
  return text.split("\n").map((line) => `  ${line}`).join("\n");
}
