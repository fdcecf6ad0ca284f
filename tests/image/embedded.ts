import { runtimeFlags } from "../../bench/pack.ts";
import { repositoryPath } from "../support/paths.ts";

/** What a compiled binary carries, read from the binary itself. */
export interface Packed {
  /** Files of its virtual file system, with a bundle's hash left out. */
  readonly files: readonly string[];
  readonly permissions: Readonly<Record<string, unknown>>;
  readonly v8Flags: readonly string[];
}

/** The list in the repository that the embedded modules are compared with. */
export const EMBEDDED_LIST = repositoryPath("tests/image/embedded.txt");

/** Where `deno compile` puts what it packs: behind the base binary. */
const METADATA_START = '{"argv":';

/**
 * Runs the task `compile` with the deno executable as the base, which shows what is packed; it cannot run
 * the result, which is left in `dist/`.
 */
export async function compileWithStandIn(): Promise<Packed> {
  const { stderr, success } = await deno(["task", "compile"], { DENORT_BIN: Deno.execPath() });
  if (!success) throw new Error(`deno task compile failed:\n${stderr}`);
  const tree = stderr.split("Embedded Files\n")[1]?.split("\nFiles:")[0] ?? "";
  const files = [...tree.matchAll(/[├└][─┬]+ (\S+)/g)].map(([, name]) =>
    (name ?? "").replace(/_[0-9a-f]{8}\./, "_HASH.")
  );
  const binary = repositoryPath("dist/eks-irsa-sidecar");
  const metadata = await readMetadata(binary);
  return { files, permissions: metadata.permissions, v8Flags: metadata.v8_flags };
}

interface Metadata {
  readonly permissions: Readonly<Record<string, unknown>>;
  readonly v8_flags: readonly string[];
}

async function readMetadata(path: string): Promise<Metadata> {
  const base = (await Deno.stat(Deno.execPath())).size;
  const packed = (await Deno.readFile(path)).subarray(base);
  const text = new TextDecoder("latin1").decode(packed);
  const start = text.indexOf(METADATA_START);
  const permissions = /"permissions":(\{[^}]*\})/.exec(text.slice(start))?.[1];
  const flags = /"v8_flags":(\[[^\]]*\])/.exec(text.slice(start))?.[1];
  if (start < 0 || permissions === undefined || flags === undefined) {
    throw new Error(`${path} holds no metadata as this Deno writes it.`);
  }
  return { permissions: JSON.parse(permissions), v8_flags: JSON.parse(flags) };
}

/** The packages and source files whose code is in the bundle, sorted. */
export async function bundledModules(): Promise<readonly string[]> {
  const path = await Deno.makeTempFile({ suffix: ".js" });
  const args = ["bundle", "--frozen", "--output", path, repositoryPath("main.ts")];
  const { success, stderr } = await deno(args, {});
  if (!success) throw new Error(`deno bundle failed:\n${stderr}`);
  const bundle = await Deno.readTextFile(path);
  await Deno.remove(path);
  // The bundler names every module in a comment before its code.
  const modules = [...bundle.matchAll(/^ *\/\/ (\S+\.(?:ts|js|mjs|cjs|json|sh|ps1|py))$/gm)]
    .map(([, module]) => moduleName(module ?? ""));
  return [...new Set(modules)].sort();
}

/** A package by name and version, one of our own files by its path. */
function moduleName(path: string): string {
  const inPackage = /\/registry\.npmjs\.org\/((?:@[^/]+\/)?[^/]+)\/([^/]+)\//.exec(path) ??
    /\/node_modules\/((?:@[^/]+\/)?[^/]+)()\//.exec(path);
  return inPackage === null ? path : `npm:${inPackage[1]}@${inPackage[2]}`;
}

/** The permissions that the flags of the task `compile` ask for, such as `allow_net`. */
export async function expectedPermissions(): Promise<readonly string[]> {
  const flags = await runtimeFlags();
  return flags.filter((flag) => flag.startsWith("--allow-"))
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
