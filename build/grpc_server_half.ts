import type { Plugin } from "esbuild";

const NAMESPACE = "grpc-server-half";

/** The exports of @grpc/grpc-js that the program uses, from the modules that define them. */
const SERVER_HALF = `
  export { Server } from "@grpc/grpc-js/build/src/server.js";
  export { ServerCredentials } from "@grpc/grpc-js/build/src/server-credentials.js";
  export { Status as status } from "@grpc/grpc-js/build/src/constants.js";
`;

/** What the server calls of channelz where the option `grpc.enable_channelz` is 0. */
const CHANNELZ_OFF = `
  class Off {
    addTrace() {}
    addCallStarted() {}
    addCallSucceeded() {}
    addCallFailed() {}
    refChild() {}
    unrefChild() {}
  }
  exports.ChannelzTraceStub = exports.ChannelzCallTrackerStub = exports.ChannelzChildrenTrackerStub = Off;
  exports.registerChannelzServer = exports.registerChannelzSocket = (name) => ({ id: 0, name });
  exports.unregisterChannelzRef = () => {};
`;

/** What the server asks of credentials without TLS: the socket is a unix socket. */
const INSECURE_CREDENTIALS = `
  exports.ServerCredentials = class ServerCredentials {
    static createInsecure() { return new ServerCredentials(); }
    _isSecure() { return false; }
    _getInterceptors() { return []; }
  };
`;

/**
 * Modules that the server loads for channelz, which the sidecar switches off, and for reports of its load, which no
 * option asks for. Both load a client. TLS is not used. `package.json` is loaded for the version in a line of the
 * debug log.
 */
const UNUSED: readonly { readonly filter: RegExp; readonly contents: string }[] = [
  { filter: /\/@grpc\/grpc-js\/.*\/channelz\.js$/, contents: CHANNELZ_OFF },
  {
    filter: /\/@grpc\/grpc-js\/.*\/server-credentials\.js$/,
    contents: INSECURE_CREDENTIALS,
  },
  // A recorder is made for each call, and asked for nothing.
  {
    filter: /\/@grpc\/grpc-js\/.*\/orca\.js$/,
    contents: "exports.PerRequestMetricRecorder = class {};",
  },
  { filter: /\/@grpc\/grpc-js\/[^/]+\/package\.json$/, contents: "exports.version = '';" },
];

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
