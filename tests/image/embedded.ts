import { basename } from "node:path";
import { bundle } from "../../build/bundle.ts";
import { RUNTIME_FLAGS } from "../../build/runtime_flags.ts";
import { repositoryPath } from "../support/paths.ts";

/** What a compiled binary says of itself. */
export interface Metadata {
  readonly permissions: Readonly<Record<string, unknown>>;
  readonly v8Flags: readonly string[];
  /** Arguments that the program is given at each of its starts. */
  readonly args: readonly string[];
}

/** What a compiled binary carries, read from the binary itself. */
export interface Packed extends Metadata {
  /** Files of its virtual file system, sorted. */
  readonly files: readonly string[];
}

/** The list in the repository that the embedded modules are compared with. */
export const EMBEDDED_LIST = repositoryPath("tests/image/embedded.txt");

/** The start of the data that `deno compile` appends to the base binary. */
const METADATA_START = '{"argv":';

/**
 * Runs the task `compile` for a target, as the Dockerfile does, with the deno executable as the base. That shows
 * what is packed; the result, which is left in `dist/`, cannot be run.
 */
export async function compileWithStandIn(): Promise<Packed> {
  const target = ["--target", "x86_64-unknown-linux-gnu"];
  const { stderr, success } = await deno(["task", "compile", ...target], {
    DENORT_BIN: Deno.execPath(),
  });
  if (!success) throw new Error(`deno task compile failed:\n${stderr}`);
  const tree = stderr.split("Embedded Files\n")[1]?.split("\nFiles:")[0] ?? "";
  const files = [...tree.matchAll(/[├└][─┬]+ (\S+)/g)].map(([, name]) => name ?? "").sort();
  const base = (await Deno.stat(Deno.execPath())).size;
  return { files, ...await readMetadata(repositoryPath("dist/eks-irsa-sidecar"), base) };
}

/**
 * Reads what `deno compile` has written into a binary.
 *
 * @param baseBytes - The size of the base binary, which is its first part.
 */
export async function readMetadata(path: string, baseBytes: number): Promise<Metadata> {
  const packed = (await Deno.readFile(path)).subarray(baseBytes);
  const text = new TextDecoder("latin1").decode(packed);
  const start = text.indexOf(METADATA_START);
  const permissions = /"permissions":(\{[^}]*\})/.exec(text.slice(start))?.[1];
  const flags = /"v8_flags":(\[[^\]]*\])/.exec(text.slice(start))?.[1];
  const argv = /^\{"argv":(\[[^\]]*\])/.exec(text.slice(start))?.[1];
  if (start < 0 || permissions === undefined || flags === undefined || argv === undefined) {
    throw new Error(`${path} holds no metadata as Deno writes it.`);
  }
  return {
    permissions: JSON.parse(permissions),
    v8Flags: JSON.parse(flags),
    args: JSON.parse(argv),
  };
}

/** The permissions that a binary has, such as `allow_net`, sorted; that of imports is left aside. */
export function grantedPermissions({ permissions }: Metadata): readonly string[] {
  return Object.entries(permissions)
    .filter(([name, value]) => /^allow_(?!import)/.test(name) && value !== null)
    .map(([name]) => name).sort();
}

/** The files of the bundle, and the packages and source files whose code is in them; both sorted. */
export async function bundledModules(): Promise<
  {
    readonly files: readonly string[];
    readonly modules: readonly string[];
    readonly bytesAtStart: number;
  }
> {
  const { files, modules, bytesAtStart } = await bundle();
  return {
    files: files.map((file) => basename(file)).sort(),
    modules: [...new Set(modules.map(moduleName))].sort(),
    bytesAtStart,
  };
}

/** A package by name and version, a module of Deno's by its name, one of our own files by its path. */
function moduleName(path: string): string {
  const inPackage = /\/npm\/[^/]+\/((?:@[^/]+\/)?[^/]+)\/([^/]+)\//.exec(path);
  if (inPackage !== null) return `npm:${inPackage[1]}@${inPackage[2]}`;
  return path.replace(/^node-builtin:/, "").replace(
    /^grpc-server-half:.*/,
    "build/grpc_server_half.ts",
  );
}

/** The permissions that the flags of the task `start` ask for, such as `allow_net`. */
export function expectedPermissions(): readonly string[] {
  return RUNTIME_FLAGS.filter((flag) => flag.startsWith("--allow-"))
    .map((flag) => flag.split("=", 1)[0]?.slice(2).replace("-", "_") ?? "").sort();
}

async function deno(args: readonly string[], env: Record<string, string>) {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: repositoryPath("."),
    env: { ...env, NO_COLOR: "1" },
  }).output();
  return { success, stderr: new TextDecoder().decode(stderr) };
}
