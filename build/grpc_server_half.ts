import type { Plugin } from "esbuild";

const NAMESPACE = "grpc-server-half";

/** The exports of @grpc/grpc-js that the program uses, from the modules that define them. */
const SERVER_HALF = `
  export { Server } from "@grpc/grpc-js/build/src/server.js";
  export { ServerCredentials } from "@grpc/grpc-js/build/src/server-credentials.js";
  export { Status as status } from "@grpc/grpc-js/build/src/constants.js";
`;

/**
 * Modules that the server loads for channelz and for load reporting, which the sidecar does not use: they parse
 * .proto files and create a client.
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
 * Leaves the client half of @grpc/grpc-js out of the bundle, and with it protobufjs. They are two thirds of what V8
 * would read before the sidecar serves.
 */
export function grpcServerHalf(): { readonly plugin: Plugin; assertApplied(): void } {
  const missing = new Set(NEVER_CALLED);
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
            missing.delete(module);
            return { contents: module.contents };
          });
        }
      },
    },
    assertApplied() {
      const [module] = missing;
      if (module !== undefined) {
        throw new Error(
          `The server of @grpc/grpc-js loads no module ${module.filter} any more: look at what it loads now, and ` +
            "change build/grpc_server_half.ts.",
        );
      }
    },
  };
}
