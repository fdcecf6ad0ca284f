/** The value that half of the sample lies below. */
export function median(sample: readonly number[]): number {
  return percentile(sample, 50);
}

/** The value that so many per cent of the sample lie at or below: the nearest rank. NaN if it is empty. */
export function percentile(sample: readonly number[], percent: number): number {
  const sorted = sample.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * percent / 100) - 1)] ?? NaN;
}
