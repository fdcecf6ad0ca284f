import { bytesField, hookPath, rawCall, startWithCanaries } from "../calls.ts";
import { CANARY_ENVIRONMENT } from "../canaries.ts";
import { pause } from "../item.ts";
import { type Growing, largestOf } from "./documents.ts";

/** The allocator's settings of the image (Dockerfile). */
const ALLOCATOR = { MALLOC_ARENA_MAX: "1", MALLOC_MMAP_THRESHOLD_: "131072" };

/** Consecutive calls, as virt-launcher makes them when it retries. */
const CALLS = 3;

/** The peak of a sidecar's anonymous memory during calls with the largest document of a kind, in bytes. */
export async function peakMemory(growing: Growing): Promise<number> {
  await using sidecar = await startWithCanaries({ env: { ...CANARY_ENVIRONMENT, ...ALLOCATOR } });
  const request = bytesField(1, growing(largestOf(growing)));
  let peak = 0;
  for (let number = 0; number < CALLS; number++) {
    let answered = false;
    const call = rawCall(sidecar.socket, hookPath("OnDefineDomain"), request)
      .finally(() => answered = true);
    while (!answered) {
      peak = Math.max(peak, await anonymousMemory(sidecar.pid));
      await pause(1);
    }
    await call;
  }
  return peak;
}

async function anonymousMemory(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^RssAnon:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
