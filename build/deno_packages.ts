import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";

/** The ES modules of packages whose main file is UMD, in which a bundler cannot find the imports. */
const ES_MODULES: ReadonlyMap<string, string> = new Map([
  ["jsonc-parser", "jsonc-parser/lib/esm/main.js"],
]);

/**
 * Resolves packages to Deno's cache: for an import as Deno does, by the import map of `deno.json`; for a `require`
 * in a package by the dependencies of that package.
 */
export const denoPackages: Plugin = {
  name: "deno-packages",
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, ({ path, kind, importer }) => {
      if (kind === "entry-point") return undefined;
      return {
        path: kind === "require-call"
          ? createRequire(importer).resolve(path)
          : fileURLToPath(import.meta.resolve(ES_MODULES.get(path) ?? path)),
      };
    });
  },
};
