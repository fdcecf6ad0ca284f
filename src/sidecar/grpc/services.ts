import { Buffer } from "node:buffer";
import {
  type handleUnaryCall,
  Server,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { InvalidInput } from "../../text/invalid_input.ts";
import { MAX_RESPONSE_BYTES } from "../../kubevirt/max_response.ts";
import type { Logger } from "../../log/logger.ts";
import type { Note } from "../../log/note.ts";
import type { Decision, HookContext } from "../../hooks/decision.ts";
import { collectGarbage } from "./garbage.ts";
import type { HookVersion, InfoResult } from "../../hooks/info.ts";
import {
  type Codec,
  emptyMessage,
  encodeInfoResult,
  onDefineDomainParams,
  onDefineDomainResult,
  preCloudInitIsoParams,
  preCloudInitIsoResult,
} from "./messages.ts";
import { onDefineDomain } from "../../hooks/on_define_domain.ts";
import { preCloudInitIso } from "../../hooks/pre_cloud_init_iso.ts";

/** The largest request: user data of a few MiB beside the VMI that holds it too. */
const LARGEST_REQUEST = 16 * 1024 * 1024;

/** A request whose garbage is worth some ten milliseconds of collection, in bytes. */
const LARGE_REQUEST = 256 * 1024;

/** What the services are made of. */
export interface ServiceOptions {
  readonly info: InfoResult;
  readonly context: HookContext;
  readonly logger: Logger;
  /** Called when virt-launcher has asked the sidecar to end, after it was answered. */
  readonly onShutdown: () => void;
}

/** A unary method: its name, and what it makes of a request's bytes. */
interface Method {
  readonly name: string;
  readonly answer: (request: Uint8Array) => Answer;
}

/** The bytes of a response, and what there is to say about them. */
interface Answer {
  readonly response: Uint8Array;
  readonly notes?: readonly Note[];
}

/** A gRPC server with the hook services on it, ready to be bound. */
export function hookServer(options: ServiceOptions): Server {
  const server = new Server({
    "grpc.max_receive_message_length": LARGEST_REQUEST,
    "grpc.max_send_message_length": -1,
    // Statistics of every call and connection, which nobody could ask for.
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
        return { response: emptyMessage.encode({}) };
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
      // What the request was parsed into.
      if (isLarge(request)) collectGarbage();
      const response = result.encode(decision.result());
      if (response.length > MAX_RESPONSE_BYTES) {
        throw new InvalidInput(
          `The result of ${name} has ${response.length} bytes, and virt-launcher takes ` +
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
      "The request is no message of this hook version: it cannot be decoded as protobuf.",
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
    // The methods take and give bytes, so that a message that cannot be decoded gets a status too.
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
    // The pieces that it came in.
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
    // What it was made of, before it is copied once more to be sent.
    if (large) collectGarbage();
    callback(null, answered.response);
    // Virt-launcher waits for the answer, and nobody for the log.
    for (const { level, message, fields } of answered.notes ?? []) {
      logger.log(level, message, { hook: name, ...fields });
    }
  };
}

function isLarge(request: Uint8Array): boolean {
  return request.length > LARGE_REQUEST;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** An error as virt-launcher is to see it. What is not the caller's mistake is ours, and stays vague. */
function asStatus(error: unknown): { readonly code: status; readonly details: string } {
  if (error instanceof InvalidInput) {
    return { code: status.INVALID_ARGUMENT, details: error.message };
  }
  const kind = error instanceof Error ? error.name : typeof error;
  const frame = error instanceof Error
    ? /\/(src\/\S+:\d+):\d+/.exec(error.stack ?? "")?.[1]
    : undefined;
  return {
    code: status.INTERNAL,
    details:
      `The sidecar failed (${kind}${frame ? ` at ${frame}` : ""}): this is a fault of its own. ` +
      "Please report it with the sidecar's log.",
  };
}
