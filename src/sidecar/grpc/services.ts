import { Buffer } from "node:buffer";
import {
  type handleUnaryCall,
  Server,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import type { Decision, HookContext } from "../../hooks/decision.ts";
import type { HookVersion, InfoResult } from "../../hooks/info.ts";
import { onDefineDomain } from "../../hooks/on_define_domain.ts";
import { preCloudInitIso } from "../../hooks/pre_cloud_init_iso.ts";
import { MAX_RESPONSE_BYTES } from "../../kubevirt/max_response.ts";
import type { Logger } from "../../log/logger.ts";
import type { Note } from "../../log/note.ts";
import { InvalidInput } from "../../text/invalid_input.ts";
import { collectGarbage } from "./garbage.ts";
import {
  type Codec,
  encodeInfoResult,
  onDefineDomainParams,
  onDefineDomainResult,
  preCloudInitIsoParams,
  preCloudInitIsoResult,
} from "./messages.ts";

/** The largest request that is accepted: user data of a few MiB, and the VMI, which has it too. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** From this size on, collecting a request's garbage is worth some ten milliseconds. */
const LARGE_REQUEST_BYTES = 256 * 1024;

/** What the services need. */
export interface ServiceOptions {
  readonly info: InfoResult;
  readonly context: HookContext;
  readonly logger: Logger;
  /** Called by Shutdown, before it is answered. */
  readonly onShutdown: () => void;
}

/** A unary method of a service. */
interface Method {
  readonly name: string;
  readonly answer: (request: Uint8Array) => Answer;
}

/** The bytes of a response, and the notes for the log. */
interface Answer {
  readonly response: Uint8Array;
  readonly notes?: readonly Note[];
}

/** A gRPC server with the hook services on it, ready to be bound. */
export function hookServer(options: ServiceOptions): Server {
  const server = new Server({
    "grpc.max_receive_message_length": MAX_REQUEST_BYTES,
    "grpc.max_send_message_length": -1,
    // Statistics of calls and connections, which the sidecar has no service to query.
    "grpc.enable_channelz": 0,
  });
  const infoResult = encodeInfoResult(options.info);
  addService(server, "kubevirt.hooks.info.Info", [
    { name: "Info", answer: () => ({ response: infoResult }) },
  ], options.logger);
  for (const version of options.info.versions) {
    addService(
      server,
      `kubevirt.hooks.${version}.Callbacks`,
      callbacks(version, options),
      options.logger,
    );
  }
  return server;
}

function callbacks(version: HookVersion, options: ServiceOptions): readonly Method[] {
  const methods = [
    hook("OnDefineDomain", onDefineDomainParams, onDefineDomainResult, onDefineDomain, options),
    hook("PreCloudInitIso", preCloudInitIsoParams, preCloudInitIsoResult, preCloudInitIso, options),
    {
      name: "Shutdown",
      answer: () => {
        options.onShutdown();
        // ShutdownResult has no fields.
        return { response: new Uint8Array() };
      },
    },
  ];
  return methods.slice(0, { v1alpha1: 1, v1alpha2: 2, v1alpha3: 3 }[version]);
}

function hook<Param extends string, Result extends string>(
  name: string,
  params: Codec<Param>,
  result: Codec<Result>,
  decide: (
    params: Readonly<Record<Param, Uint8Array>>,
    context: HookContext,
  ) => Decision<Parameters<typeof result.encode>[0]>,
  { context }: ServiceOptions,
): Method {
  return {
    name,
    answer(request) {
      const decision = decide(decodeRequest(params, request), context);
      // The parsed request is garbage now.
      if (isLarge(request)) collectGarbage();
      const response = result.encode(decision.result());
      if (response.length > MAX_RESPONSE_BYTES) {
        throw new InvalidInput(
          `The result of ${name} has ${response.length} bytes, and virt-launcher accepts at most ` +
            `${MAX_RESPONSE_BYTES}: make the user data of the VM smaller, for example with #include.`,
          "request",
        );
      }
      return { response, notes: decision.notes };
    },
  };
}

function decodeRequest<Param extends string>(codec: Codec<Param>, request: Uint8Array) {
  try {
    return codec.decode(request);
  } catch {
    throw new InvalidInput(
      "The request cannot be decoded as protobuf: send a message of this version of the hook protocol.",
      "request",
    );
  }
}

function addService(
  server: Server,
  service: string,
  methods: readonly Method[],
  logger: Logger,
): void {
  const definition: ServiceDefinition = Object.fromEntries(methods.map(({ name }) => [name, {
    path: `/${service}/${name}`,
    requestStream: false,
    responseStream: false,
    // Messages are decoded in the handlers, so that a message that cannot be decoded gets a status with a reason.
    requestSerialize: asBuffer,
    requestDeserialize: (bytes: Uint8Array) => bytes,
    responseSerialize: asBuffer,
    responseDeserialize: (bytes: Uint8Array) => bytes,
  }]));
  const implementation: UntypedServiceImplementation = Object.fromEntries(
    methods.map((method) => [method.name, handler(method, logger)]),
  );
  server.addService(definition, implementation);
}

function handler(
  { name, answer }: Method,
  logger: Logger,
): handleUnaryCall<Uint8Array, Uint8Array> {
  return (call, callback) => {
    const large = isLarge(call.request);
    // The pieces in which the request arrived are garbage now.
    if (large) collectGarbage();
    let answered: Answer;
    try {
      answered = answer(call.request);
    } catch (error) {
      const failure = asStatus(error);
      logger.log("error", failure.details, { hook: name });
      callback(failure);
      return;
    }
    // The response is copied when it is sent: what it was built from is garbage by now.
    if (large) collectGarbage();
    callback(null, answered.response);
    // The log comes after the response, because virt-launcher waits for the response.
    for (const { level, message, fields } of answered.notes ?? []) {
      logger.log(level, message, { hook: name, ...fields });
    }
  };
}

function isLarge(request: Uint8Array): boolean {
  return request.length > LARGE_REQUEST_BYTES;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The status of an error. The message of an unexpected error is left out, because it could contain user data. */
function asStatus(error: unknown): { readonly code: status; readonly details: string } {
  if (error instanceof InvalidInput) {
    return { code: status.INVALID_ARGUMENT, details: error.message };
  }
  const kind = error instanceof Error ? error.name : typeof error;
  const frame = error instanceof Error
    ? /\/(src\/\S+:\d+):\d/.exec(error.stack ?? "")?.[1]
    : undefined;
  return {
    code: status.INTERNAL,
    details:
      `The sidecar failed (${kind}${frame ? ` at ${frame}` : ""}): this is a bug in the sidecar. ` +
      "Please report it with the sidecar's log.",
  };
}
