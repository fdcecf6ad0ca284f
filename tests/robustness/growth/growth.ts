import { RUNTIME_FLAGS } from "../../../build/runtime_flags.ts";
import { repositoryPath } from "../../support/paths.ts";
import { ensure } from "../item.ts";

/** How the processor time of one kind of document grows with its size. */
export interface Growth {
  readonly name: string;
  readonly sizes: { readonly bytes: number; readonly milliseconds: number }[];
}

/**
 * The exponent of a growth: 1 if twice the size takes twice the time. It is the slope of the line that fits the
 * logarithms best. A constant part of the time makes it smaller.
 */
export function exponentOf({ sizes }: Growth): number {
  const points = sizes.map(({ bytes, milliseconds }) => ({
    x: Math.log(bytes),
    y: Math.log(milliseconds),
  }));
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map((point) => point.x)), mean(points.map((point) => point.y))];
  const covariance = mean(points.map((point) => (point.x - x) * (point.y - y)));
  return covariance / mean(points.map((point) => (point.x - x) ** 2));
}

/** Measures the growth of every document, one after the other. */
export async function* measuredGrowths(): AsyncGenerator<Growth> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--frozen",
      ...RUNTIME_FLAGS.filter((flag) => flag.startsWith("--v8-flags=")),
      `--config=${repositoryPath("deno.json")}`,
      repositoryPath("tests/robustness/growth/processor_time.ts"),
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let pending = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    const lines = (pending + text).split("\n");
    pending = lines.pop() ?? "";
    // The program prints one Growth on each line.
    for (const line of lines) yield JSON.parse(line) as Growth;
  }
  ensure((await child.status).success, "The program that measures has failed.");
}
