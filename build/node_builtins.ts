import { isBuiltin } from "node:module";
import type { Plugin } from "esbuild";

const NAMESPACE = "node-builtin";

/**
 * Turns a package's `require("http2")` into an import. A `require` at run time would come from `node:module`,
 * which loads every module of Node's that Deno has, at the cost of some ten milliseconds.
 */
export const nodeBuiltins: Plugin = {
  name: NAMESPACE,
  setup(build) {
    build.onResolve({ filter: /^(node:)?[a-z0-9_/]+$/ }, ({ path, kind }) => {
      if (!isBuiltin(path)) return undefined;
      const name = path.replace(/^(node:)?/, "node:");
      return kind === "require-call"
        ? { path: name, namespace: NAMESPACE }
        : { path: name, external: true };
    });
    build.onLoad({ filter: /./, namespace: NAMESPACE }, ({ path }) => ({
      contents: `import builtin from ${JSON.stringify(path)}; module.exports = builtin;`,
    }));
  },
};
