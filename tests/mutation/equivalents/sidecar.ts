import type { Equivalent } from "./equivalent.ts";
import { COMPARED_WITH_OTHER, NOT_ABSENT, NOTHING_ELSE_THROWN } from "./reasons.ts";

/** In `src/sidecar/`. */
export const SIDECAR: readonly Equivalent[] = [
  {
    file: "src/sidecar/grpc/services.ts",
    from: '"request"',
    to: '""',
    reason: COMPARED_WITH_OTHER,
  },
  {
    file: "src/sidecar/grpc/services.ts",
    code: "responseDeserialize: (bytes: Uint8Array) => bytes,",
    from: "(bytes: Uint8Array) => bytes",
    to: "() => undefined",
    reason: "the type asks for it: a server reads no response",
  },
  {
    file: "src/sidecar/grpc/services.ts",
    from: "request.length > LARGE_REQUEST_BYTES",
    to: "request.length >= LARGE_REQUEST_BYTES",
    reason: "it is a size from which on something pays: one byte more or less is nothing",
  },
  {
    file: "src/sidecar/grpc/services.ts",
    code: '? /\\/(src\\/\\S+:\\d+):\\d/.exec(error.stack ?? "")?.[1]',
    from: '""',
    to: '"Stryker was here!"',
    reason: "neither has a place of the source",
  },
  {
    file: "src/sidecar/hook_socket.ts",
    from: '""',
    to: '"Stryker was here!"',
    code: 'return systemReason(error) ?? message.split("\\n", 1)[0] ?? "";',
    reason: NOT_ABSENT,
  },
  {
    file: "src/sidecar/hook_socket.ts",
    code: "if (error instanceof Deno.errors.NotFound) return; // Another process has removed it.",
    from: "error instanceof Deno.errors.NotFound",
    to: "false",
    reason: "no test can remove the socket between two calls: only another process can",
  },
  {
    file: "src/sidecar/log_writer.ts",
    from: "clearTimeout(timer);",
    to: ";",
    reason: "the program ends then; `deno test` alone tells of a timer that is left",
  },
  {
    file: "src/sidecar/serve.ts",
    from: "!(error instanceof StartError)",
    to: "false",
    reason: NOTHING_ELSE_THROWN,
  },
  {
    file: "src/sidecar/transport/client_connection.ts",
    from: "[]",
    to: '["Stryker was here"]',
    reason: "it is a stream that there is not, whose end is nothing",
  },
  {
    file: "src/sidecar/transport/client_connection.ts",
    from: '"received"',
    to: '""',
    reason: COMPARED_WITH_OTHER,
  },
  {
    file: "src/sidecar/transport/client_connection.ts",
    code: "return true; // Of what is sent nothing is left out.",
    from: "true",
    to: "false",
    reason: "what is sent does not come from the filter",
  },
];
