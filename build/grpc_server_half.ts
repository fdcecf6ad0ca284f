import type { Plugin } from "esbuild";

const NAMESPACE = "grpc-server-half";

/** The exports of @grpc/grpc-js that the program uses, from the modules that define them. */
const SERVER_HALF = `
  export { Server } from "@grpc/grpc-js/build/src/server.js";
  export { ServerCredentials } from "@grpc/grpc-js/build/src/server-credentials.js";
  export { Status as status } from "@grpc/grpc-js/build/src/constants.js";
`;

/**
 * Modules that the server loads for channelz, which the sidecar switches off, and for reports of its load to a
 * client that asks for them: a client, its credentials, .proto files, sorted maps. `package.json` is loaded for
 * the version in a line of the debug log.
 */
const UNUSED: readonly { readonly filter: RegExp; readonly contents: string }[] = [
  { filter: grpc("make-client"), contents: never("loadPackageDefinition") },
  { filter: grpc("channel-credentials"), contents: never("ChannelCredentials") },
  { filter: grpc("backoff-timeout"), contents: never("BackoffTimeout") },
  { filter: grpc("duration"), contents: never("durationToMs") },
  { filter: grpc("subchannel-interface"), contents: "exports.BaseSubchannelWrapper = class {};" },
  { filter: /\/@grpc\/proto-loader\//, contents: never("loadSync") },
  // Never filled. What a connection takes out of it when it ends is not there.
  {
    filter: /\/@js-sdsl\/ordered-map\//,
    contents: "exports.OrderedMap = class { eraseElementByKey() { return false; } };",
  },
  { filter: /\/@grpc\/grpc-js\/[^/]+\/package\.json$/, contents: "exports.version = '';" },
];

function grpc(module: string): RegExp {
  return new RegExp(`/@grpc/grpc-js/.*/${module}\\.js$`);
}

function never(name: string): string {
  return `exports.${name} = () => { throw new Error("${name} is not part of this program."); };`;
}

/**
 * Leaves the client half of @grpc/grpc-js out of the bundle, and with it protobufjs. They are two thirds of what V8
 * would read before the sidecar serves.
 */
export function grpcServerHalf(): { readonly plugin: Plugin; assertApplied(): void } {
  const missing = new Set(UNUSED);
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
        for (const module of UNUSED) {
          build.onLoad({ filter: module.filter }, () => {
            missing.delete(module);
            return { contents: module.contents, loader: "js" };
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
