import { encodeHex } from "./hex.ts";

/**
 * Does `work` unless the file `stamp` says that it was done with the same `inputs`. A `work` that fails or is
 * interrupted leaves no stamp.
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
