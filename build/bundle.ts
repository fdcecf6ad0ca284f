/**
 * Bundles the program for the binary: a small entry file with `serve`, and files with the other commands, which are
 * loaded only if one is run. V8 reads the whole entry file whenever a VM starts, so it has nothing that `serve` does
 * not need (docs/performance.md).
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import * as esbuild from "esbuild";
import { denoPackages } from "./deno_packages.ts";
import { grpcServerHalf } from "./grpc_server_half.ts";
import { nodeBuiltins } from "./node_builtins.ts";
import { notices } from "./notices.ts";

const REPOSITORY = new URL("..", import.meta.url).pathname;

/** The folder of the bundle, from the top of the repository. The entry file is `main.js`. */
export const BUNDLE_FOLDER = "dist/program";

/** The licences of the packages in the bundle, from the top of the repository. */
export const NOTICES = "dist/third-party-notices.txt";

/** A bundle, and the modules in it. */
export interface Bundle {
  /** The files of the bundle, the entry file first; from the top of the repository. */
  readonly files: readonly string[];
  /** The source files of which it has code. */
  readonly modules: readonly string[];
  /** The size of the files that V8 reads before the sidecar serves: the entry file and its static imports. */
  readonly bytesAtStart: number;
}

/**
 * Bundles the program into {@link BUNDLE_FOLDER}.
 *
 * @throws if a module cannot be found, or @grpc/grpc-js lacks a module that is replaced.
 */
export async function bundle(): Promise<Bundle> {
  await Deno.remove(`${REPOSITORY}${BUNDLE_FOLDER}`, { recursive: true }).catch(() => {});
  const serverHalf = grpcServerHalf();
  const { metafile } = await esbuild.build({
    absWorkingDir: REPOSITORY,
    entryPoints: ["main.ts"],
    outdir: BUNDLE_FOLDER,
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "esnext",
    metafile: true,
    logLevel: "warning",
    loader: { ".sh": "text", ".ps1": "text", ".py": "text", ".yaml": "text" },
    plugins: [nodeBuiltins, serverHalf.plugin, denoPackages],
  });
  await esbuild.stop();
  serverHalf.assertApplied();
  const outputs = Object.entries(metafile.outputs);
  const isEntry = ([, { entryPoint }]: (typeof outputs)[number]) => entryPoint === "main.ts";
  return {
    files: [...outputs.filter(isEntry), ...outputs.filter((output) => !isEntry(output))]
      .map(([path]) => path),
    modules: outputs.flatMap(([, { inputs }]) =>
      Object.entries(inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
        .map(([path]) => path)
    ),
    bytesAtStart: bytesAtStart(metafile, `${BUNDLE_FOLDER}/main.js`),
  };
}

function bytesAtStart({ outputs }: esbuild.Metafile, entry: string): number {
  const reached = new Set([entry]);
  // The loop also visits what is added to the set during the loop.
  for (const path of reached) {
    for (const { kind, path: imported, external } of outputs[path]?.imports ?? []) {
      if (kind === "import-statement" && !external) reached.add(imported);
    }
  }
  return [...reached].reduce((sum, path) => sum + (outputs[path]?.bytes ?? 0), 0);
}

if (import.meta.main) {
  parseArgs({ args: Deno.args, options: {} });
  const { files, modules } = await bundle();
  const packages = modules.map((path) => resolve(REPOSITORY, path));
  await Deno.writeTextFile(`${REPOSITORY}${NOTICES}`, await notices(packages));
  for (const path of files) {
    const { size } = await Deno.stat(`${REPOSITORY}${path}`);
    console.log(`${path}: ${(size / 1000).toFixed(1)} KB`);
  }
}
