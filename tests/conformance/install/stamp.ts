import { encodeHex } from "./hex.ts";

/**
 * Does `work` unless it was done before with the same `inputs`, which is remembered in the file
 * `stamp`. A failed or interrupted `work` leaves no stamp.
 */
export async function onlyOnce(
  stamp: string,
  inputs: string,
  work: () => Promise<void>,
): Promise<void> {
  const digest = encodeHex(
    new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(inputs))),
  );
  if (await readIfThere(stamp) === digest) return;
  await work();
  await Deno.writeTextFile(stamp, digest);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
