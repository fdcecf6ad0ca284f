import process from "node:process";
import { patchDomain } from "../../../src/domain/patch.ts";
import { InvalidInput } from "../../../src/text/invalid_input.ts";
import { GROWING, largestOf } from "./documents.ts";
import type { Growth } from "./growth.ts";

/*
 * Prints for each document how its time grows, as lines of JSON. It is a program of its own, so that it runs with the
 * sidecar's flags of V8.
 */

/** The sizes that are measured, as shares of the largest. */
const SIZES = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1];

/** A size is tried until one of the two limits is reached. */
const MAX_TRIES = 9;
const MAX_TOTAL_MS = 1_000;

/** After a try that takes longer, no larger size is tried. */
const MAX_TRY_MS = 3_000;

for (const [name, growing] of Object.entries(GROWING)) {
  const largest = largestOf(growing);
  const growth: Growth = { name, sizes: [] };
  for (const share of SIZES) {
    const document = new TextEncoder().encode(growing(largest * share));
    const milliseconds = leastTime(document);
    growth.sizes.push({ bytes: document.length, milliseconds });
    if (milliseconds > MAX_TRY_MS) break;
  }
  console.log(JSON.stringify(growth));
}

/** The processor time of the fastest try, in milliseconds: slower ones were disturbed by the machine. */
function leastTime(document: Uint8Array): number {
  let [least, spent] = [Number.POSITIVE_INFINITY, 0];
  for (let tries = 0; tries < MAX_TRIES && spent < MAX_TOTAL_MS; tries++) {
    const before = process.cpuUsage();
    try {
      patchDomain(document, { device: { tag: "tag", socket: "/socket" } });
    } catch (error) {
      if (!(error instanceof InvalidInput) || /the limit is/.test(error.message)) throw error;
    }
    const { user, system } = process.cpuUsage(before);
    const milliseconds = (user + system) / 1000;
    least = Math.min(least, milliseconds);
    spent += milliseconds;
  }
  return least;
}
