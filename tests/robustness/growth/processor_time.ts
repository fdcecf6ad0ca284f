import process from "node:process";
import { addVirtiofsDevice } from "../../../src/domain/patch.ts";
import { InvalidInput } from "../../../src/text/invalid_input.ts";
import { GROWING, largestOf } from "./documents.ts";
import type { Growth } from "./growth.ts";

/*
 * A program of its own, so that it runs with the flags of V8 that the sidecar has: prints, for one document
 * after the other, how its time grows, as lines of JSON.
 */

/** A fit needs five sizes: the largest and the sixteenth of it lie at its ends. */
const SIZES = [1 / 16, 1 / 8, 1 / 4, 1 / 2, 1];

/** A size is tried so often, unless that takes too long (in milliseconds). */
const TRIES = 9;
const ENOUGH = 1_000;

/** Larger ones are not tried after that (in milliseconds). */
const TOO_SLOW = 3_000;

for (const [name, growing] of Object.entries(GROWING)) {
  const largest = largestOf(growing);
  const growth: Growth = { name, sizes: [] };
  for (const share of SIZES) {
    const document = new TextEncoder().encode(growing(largest * share));
    const milliseconds = leastTime(document);
    growth.sizes.push({ bytes: document.length, milliseconds });
    if (milliseconds > TOO_SLOW) break;
  }
  console.log(JSON.stringify(growth));
}

/** The processor time of the fastest of several tries: what is more is the machine's own affair. */
function leastTime(document: Uint8Array): number {
  let [least, spent] = [Number.POSITIVE_INFINITY, 0];
  for (let tries = 0; tries < TRIES && spent < ENOUGH; tries++) {
    const before = process.cpuUsage();
    try {
      addVirtiofsDevice(document, { tag: "tag", socket: "/socket" });
    } catch (error) {
      if (!(error instanceof InvalidInput) || /at most/.test(error.message)) throw error;
    }
    const { user, system } = process.cpuUsage(before);
    const milliseconds = (user + system) / 1000;
    least = Math.min(least, milliseconds);
    spent += milliseconds;
  }
  return least;
}
