import type { MemoryState, Sample, Samples } from "./measure.ts";
import { median, percentile } from "./statistics.ts";
import type { Verdict } from "./targets.ts";

/** Where a sample was taken: the second are KubeVirt's limits for a sidecar, 64M of memory and 200m of processor. */
export type Setting = "unconstrained" | "64 MB, 200m";

/** A line of the table: one quantity, of this program and of the peer. */
export interface Row {
  readonly setting: Setting;
  readonly quantity: string;
  readonly unit: "ms" | "MiB";
  readonly sidecar: Figures;
  readonly peer: Figures;
  /** The sidecar's median as a multiple of the peer's: below 1 is faster or smaller. */
  readonly ratio: number | null;
}

/** What is printed of a sample; null if it is empty. */
export interface Figures {
  readonly median: number | null;
  readonly p99: number | null;
  readonly count: number;
  readonly failure?: string;
}

/** What many VMs pay; null if it was not measured. */
export interface Fleet {
  /** Anonymous memory for as long as they run. */
  readonly memoryGiB: number | null;
  /** Processor time of their starts. */
  readonly processorMinutes: number | null;
}

/** Everything that a run has found; it is what `dist/bench.json` holds. */
export interface Results {
  readonly machine: { readonly name: string; readonly details: string };
  readonly short: boolean;
  /** Why the run did not come to its end. */
  readonly ended?: string;
  readonly subjects: readonly {
    readonly name: string;
    readonly description: string;
    readonly bytesOnDisk: number;
  }[];
  /** The most that the control group was ever charged with, page cache included. */
  readonly chargedBytes: Readonly<Record<keyof Samples, number>>;
  readonly fleet: Readonly<Record<keyof Samples, Fleet>>;
  readonly targets: readonly Verdict[];
  readonly rows: readonly Row[];
}

const FLEET_VMS = 10_000;

const MEMORY_STATES = {
  afterInfo: "memory after Info",
  afterHooks: "memory after the hooks, idle",
  peak: "memory at the peak of 1 MiB (peer: typical)",
} as const satisfies Record<MemoryState, string>;

/** The rows of one setting. */
export function rowsOf(setting: Setting, { sidecar, peer }: Samples): readonly Row[] {
  const row = (
    quantity: string,
    unit: Row["unit"],
    pick: (sample: Sample) => readonly number[],
    failure: (sample: Sample) => string | undefined = () => undefined,
  ): Row => {
    const ours = figures(pick(sidecar), failure(sidecar));
    const theirs = figures(pick(peer), failure(peer));
    const ratio = ours.median === null || theirs.median === null
      ? null
      : rounded(ours.median / theirs.median, 3);
    return { setting, quantity, unit, sidecar: ours, peer: theirs, ratio };
  };
  const calls = sidecar.calls.flatMap((call, index) => {
    const name = call.hook === "info" ? call.hook : `${call.hook}, ${call.input}`;
    const first = call.hook === "info" ? "first call, from the socket on" : "first call";
    const times = (which: "first" | "later") => (sample: Sample) =>
      sample.calls[index]?.[which] ?? [];
    const failure = (sample: Sample) => sample.calls[index]?.failure;
    return [
      row(`${name}, ${first}`, "ms", times("first"), failure),
      row(`${name}, later call`, "ms", times("later"), failure),
    ];
  });
  const memory = (["afterInfo", "afterHooks", "peak"] as const).flatMap((state) => [
    row(`${MEMORY_STATES[state]}, anonymous`, "MiB", (sample) => anonymousMiB(sample, state)),
    row(
      `${MEMORY_STATES[state]}, file`,
      "MiB",
      ({ memory }) => memory[state].map(({ fileKiB }) => fileKiB / 1024),
    ),
  ]);
  return [
    row("exec to socket", "ms", ({ starts }) => starts.map(({ socketMs }) => socketMs)),
    row("exec to Info", "ms", ({ starts }) => starts.map(({ infoMs }) => infoMs)),
    ...calls,
    row("processor time to Info", "ms", ({ starts }) => starts.map(({ cpuMs }) => cpuMs)),
    row("processor time of a VM's start", "ms", ({ vmStartCpuMs }) => vmStartCpuMs),
    ...memory,
  ];
}

/** What {@link FLEET_VMS} VMs pay that are like the one of a sample. */
export function fleetOf(sample: Sample): Fleet {
  const scaled = (values: readonly number[], unit: number) =>
    values.length === 0 ? null : rounded(median(values) * FLEET_VMS / unit, 1);
  return {
    memoryGiB: scaled(anonymousMiB(sample, "afterHooks"), 1024),
    processorMinutes: scaled(sample.vmStartCpuMs, 60_000),
  };
}

/** The results as Markdown. */
export function markdownReport(results: Results): string {
  const { machine, subjects, chargedBytes, fleet, targets, rows } = results;
  const settings = ["unconstrained", "64 MB, 200m"] as const;
  return [
    ...(results.ended === undefined
      ? []
      : [`Ended before its time (${results.ended}): this is what was measured until then.`]),
    ...(results.short ? ["A short run: too few starts to prove anything."] : []),
    `Machine: ${machine.name}, ${machine.details}.`,
    table(
      ["", "what it is", "on disk, MiB"],
      subjects.map((subject) => [subject.name, subject.description, mebi(subject.bytesOnDisk)]),
    ),
    ...settings.map((setting) => rowTable(setting, rows.filter((row) => row.setting === setting))),
    `Most memory charged in 64 MB, page cache included: sidecar ${
      mebi(chargedBytes.sidecar)
    } MiB, ` +
    `peer ${mebi(chargedBytes.peer)} MiB.`,
    fleetLine(fleet),
    table(
      ["target", "measured", "verdict"],
      targets.map(({ target, measured, verdict }) => [
        target,
        measured,
        verdict === "NOT MET" ? `${verdict} on ${machine.name}` : verdict,
      ]),
    ),
  ].join("\n\n");
}

function fleetLine({ sidecar, peer }: Results["fleet"]): string {
  const text = (value: number | null) => value?.toFixed(1) ?? "–";
  return `${FLEET_VMS.toLocaleString("en")} VMs: anonymous memory while they run ` +
    `${text(sidecar.memoryGiB)} GiB (peer ${
      text(peer.memoryGiB)
    } GiB), processor time of their starts ` +
    `${text(sidecar.processorMinutes)} minutes (peer ${text(peer.processorMinutes)} minutes).`;
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

/** Cells as a Markdown table whose columns line up. */
function table(header: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) =>
    Math.max(title.length, 3, ...lines.map((line) => line[column]?.length ?? 0))
  );
  const row = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [row(header), row(widths.map((width) => "-".repeat(width))), ...lines.map(row)].join("\n");
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

function anonymousMiB({ memory }: Sample, state: MemoryState): readonly number[] {
  return memory[state].map(({ anonymousKiB }) => anonymousKiB / 1024);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function mebi(bytes: number): string {
  return (bytes / 1024 ** 2).toFixed(1);
}
