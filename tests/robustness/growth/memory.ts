import { bytesField, hookPath, rawCall, startWitnessed } from "../calls.ts";
import { CANARY_ENVIRONMENT } from "../canaries.ts";
import { pause } from "../item.ts";
import { type Growing, largestOf } from "./documents.ts";

/** As the image sets it (Dockerfile). */
const ALLOCATOR = { MALLOC_ARENA_MAX: "1", MALLOC_MMAP_THRESHOLD_: "131072" };

/** Calls one after the other, as when virt-launcher tries again. */
const CALLS = 3;

/** The anonymous memory at the peak of a sidecar that is given the largest document of a kind, in bytes. */
export async function peakMemory(growing: Growing): Promise<number> {
  await using sidecar = await startWitnessed({ env: { ...CANARY_ENVIRONMENT, ...ALLOCATOR } });
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
