/**
 * Is loaded before the program that a test starts. When the program ends, this writes which mutants it has reached to a
 * file in the folder that PROGRAM_HITS names. The file of a program that was killed stays empty.
 */
const hits: Record<string, number> = {};
Object.assign(globalThis, { __stryker__: { mutantCoverage: { static: hits } } });

// It is open from the start on: the program gives up its permissions.
const file = Deno.openSync(`${Deno.env.get("PROGRAM_HITS")}/${crypto.randomUUID()}`, {
  write: true,
  createNew: true,
});
addEventListener("unload", () => file.writeSync(new TextEncoder().encode(JSON.stringify(hits))));
