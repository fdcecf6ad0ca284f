import type { Plugin } from "esbuild";

const NAMESPACE = "grpc-server-half";

/** What of @grpc/grpc-js the program uses, from the modules that define it. */
const SERVER_HALF = `
  export { Server } from "@grpc/grpc-js/build/src/server.js";
  export { ServerCredentials } from "@grpc/grpc-js/build/src/server-credentials.js";
  export { Status as status } from "@grpc/grpc-js/build/src/constants.js";
`;

/**
 * Modules that the server loads for what it can do beside serving: answer questions about its channels and
 * its load by a client of its own, described by a file that has to be parsed. Nothing here asks.
 */
const NEVER_CALLED: readonly { readonly filter: RegExp; readonly contents: string }[] = [
  {
    filter: /\/@grpc\/grpc-js\/.*\/make-client\.js$/,
    contents: never("loadPackageDefinition"),
  },
  { filter: /\/@grpc\/proto-loader\//, contents: never("loadSync") },
];

function never(name: string): string {
  return `exports.${name} = () => { throw new Error("${name} is not part of this program."); };`;
}

/**
 * Leaves the client out of @grpc/grpc-js, and with it protobufjs: two thirds of what V8 would have to read
 * before the sidecar can serve.
 */
export function grpcServerHalf(): { readonly plugin: Plugin; assertApplied(): void } {
  const left = new Set(NEVER_CALLED);
  return {
    plugin: {
      name: NAMESPACE,
      setup(build) {
        build.onResolve({ filter: /^@grpc\/grpc-js$/ }, () => ({
          path: "@grpc/grpc-js",
          namespace: NAMESPACE,
        }));
        build.onLoad({ filter: /./, namespace: NAMESPACE }, () => ({
          contents: SERVER_HALF,
          resolveDir: import.meta.dirname ?? "",
        }));
        for (const module of NEVER_CALLED) {
          build.onLoad({ filter: module.filter }, () => {
            left.delete(module);
            return { contents: module.contents };
          });
        }
      },
    },
    assertApplied() {
      const [missing] = left;
      if (missing !== undefined) {
        throw new Error(
          `@grpc/grpc-js has no module ${missing.filter} any more: look at what its server loads now, and ` +
            "mend build/grpc_server_half.ts.",
        );
      }
    },
  };
}
