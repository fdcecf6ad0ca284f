import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";

/** Packages whose main file is UMD: it passes `require` around, so that no bundler can follow its imports. */
const ES_MODULES: ReadonlyMap<string, string> = new Map([
  ["jsonc-parser", "jsonc-parser/lib/esm/main.js"],
]);

/**
 * Finds packages where Deno keeps them: by the import map of `deno.json` for our own files, which is what
 * Deno resolves by, and for the files of a package by what it depends on.
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
