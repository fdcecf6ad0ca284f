import type { CallSample, MemoryState, Sample } from "./measure.ts";
import type { Memory } from "./probe.ts";
import { median, percentile } from "./statistics.ts";
import type { Verdict } from "./targets.ts";

/** Where a sample was taken. */
export type Setting = "unconstrained" | "64 MB, 200m";

/** A line of the table: one quantity, of this program and of the peer. */
export interface Row {
  readonly setting: Setting;
  readonly quantity: string;
  readonly unit: "ms" | "MB";
  readonly sidecar: Figures;
  readonly peer: Figures;
  /** The sidecar's median as a multiple of the peer's: below 1 is faster or smaller. */
  readonly ratio: number | null;
}

export interface Figures {
  readonly median: number | null;
  readonly p99: number | null;
  readonly count: number;
  readonly failure?: string;
}

/** The rows of one setting. */
export function rowsOf(setting: Setting, sidecar: Sample, peer: Sample): readonly Row[] {
  const row = (
    quantity: string,
    unit: Row["unit"],
    pick: (sample: Sample) => readonly number[],
    failure: (sample: Sample) => string | undefined = () => undefined,
  ) => {
    const [ours, theirs] = [sidecar, peer].map((sample) => figures(pick(sample), failure(sample)));
    if (ours === undefined || theirs === undefined) throw new Error("Two samples give two figures");
    const ratio = ours.median === null || theirs.median === null
      ? null
      : rounded(ours.median / theirs.median, 3);
    return { setting, quantity, unit, sidecar: ours, peer: theirs, ratio };
  };
  const calls = sidecar.calls.flat().flatMap(({ hook, input }) => {
    const same = (sample: Sample): CallSample | undefined =>
      sample.calls.flat().find((call) => call.hook === hook && call.input === input);
    return (["first", "later"] as const).map((which) =>
      row(
        `${hook}, ${input}, ${which} call`,
        "ms",
        (sample) => same(sample)?.[which] ?? [],
        (sample) => same(sample)?.failure,
      )
    );
  });
  return [
    row("exec to socket", "ms", ({ starts }) => starts.map(({ socketMs }) => socketMs)),
    row("exec to Info", "ms", ({ starts }) => starts.map(({ infoMs }) => infoMs)),
    row("socket to Info", "ms", ({ starts }) => starts.map((s) => s.infoMs - s.socketMs)),
    row("processor time to Info", "ms", ({ starts }) => starts.map(({ cpuMs }) => cpuMs)),
    ...calls,
    ...(["idle", "used", "peak", "beyond"] as const).flatMap((state) => [
      row(
        `${MEMORY_STATES[state]}, anonymous`,
        "MB",
        ({ memory }) => memory[state].map(megabytes("anonymousKiB")),
      ),
      row(
        `${MEMORY_STATES[state]}, file`,
        "MB",
        ({ memory }) => memory[state].map(megabytes("fileKiB")),
      ),
    ]),
  ];
}

const MEMORY_STATES = {
  idle: "memory idle",
  used: "memory after 1,000 calls",
  peak: "memory at the peak of a VM's maximum, 1 MiB (peer: typical)",
  beyond: "memory at the peak of the largest call, 1.5 MB",
} as const satisfies Record<MemoryState, string>;

function megabytes(field: keyof Memory): (memory: Memory) => number {
  return (memory) => memory[field] * 1024 / 1e6;
}

function figures(sample: readonly number[], failure: string | undefined): Figures {
  const measured = sample.length > 0;
  return {
    median: measured ? rounded(median(sample), 2) : null,
    p99: measured ? rounded(percentile(sample, 99), 2) : null,
    count: sample.length,
    ...(failure !== undefined && { failure }),
  };
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Everything that a run has found; it is what `dist/bench.json` holds. */
export interface Results {
  readonly machine: string;
  readonly short: boolean;
  readonly subjects: readonly {
    readonly name: string;
    readonly description: string;
    readonly bytesOnDisk: number;
  }[];
  /** The most that the control group was ever charged with, page cache included. */
  readonly chargedBytes: { readonly sidecar: number; readonly peer: number };
  readonly targets: readonly Verdict[];
  readonly rows: readonly Row[];
}

/** The results as Markdown tables. */
export function markdownReport(results: Results): string {
  const { machine, subjects, chargedBytes, targets, rows } = results;
  const settings = ["unconstrained", "64 MB, 200m"] as const;
  return [
    ...(results.short ? ["A short run: too few starts to prove anything."] : []),
    `Machine: ${machine}.`,
    table(
      ["", "what it is", "on disk, MB"],
      subjects.map(({ name, description, bytesOnDisk }) => [name, description, mega(bytesOnDisk)]),
    ),
    ...settings.map((setting) => rowTable(setting, rows.filter((row) => row.setting === setting))),
    `Most memory charged in 64 MB, page cache included: sidecar ${
      mega(chargedBytes.sidecar)
    } MB, ` +
    `peer ${mega(chargedBytes.peer)} MB.`,
    table(
      ["target", "measured", "verdict"],
      targets.map(({ target, measured, met }) => [target, measured, met ? "met" : "NOT MET"]),
    ),
  ].join("\n\n");
}

function rowTable(setting: Setting, rows: readonly Row[]): string {
  const cell = ({ median, p99, failure }: Figures) =>
    median === null
      ? failure === undefined ? "–" : "fails"
      : `${median.toFixed(1)} / ${p99?.toFixed(1)}`;
  return table(
    [`${setting}: median / p99`, "unit", "sidecar", "peer", "ratio"],
    rows.map(({ quantity, unit, sidecar, peer, ratio }) => [
      quantity,
      unit,
      cell(sidecar),
      cell(peer),
      ratio === null ? "–" : ratio.toFixed(2),
    ]),
  );
}

function mega(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

/** Cells as a Markdown table whose columns line up. */
function table(header: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, 3, ...lines.map((line) => line[column]?.length ?? 0))
  );
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [row(header), row(widths.map((width) => "-".repeat(width))), ...lines.map(row)].join("\n");
}
