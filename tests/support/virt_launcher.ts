import type { Buffer } from "node:buffer";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { repositoryPath } from "./paths.ts";

/** A hook version that KubeVirt knows. */
export type HookVersion = "v1alpha1" | "v1alpha2" | "v1alpha3";

/** KubeVirt's CloudInitData (pkg/cloud-init/cloud-init.go), as Go's JSON spells it. */
export interface CloudInitData {
  readonly DataSource: string;
  readonly NoCloudMetaData: unknown;
  readonly ConfigDriveMetaData: unknown;
  readonly UserData: string;
  readonly NetworkData: string;
  readonly DevicesData: unknown;
  readonly VolumeName: string;
  readonly [field: string]: unknown;
}

export interface PreCloudInitIsoCall {
  readonly vmi: unknown;
  readonly cloudInitData: unknown;
  readonly cloudInitNoCloudSource?: unknown;
}

export interface InfoResult {
  readonly name: string;
  readonly versions: string[];
  readonly hookPoints: { readonly name: string; readonly priority: number }[];
}

/** A message, its fields named as in `proto/`. */
type Message = Record<string, unknown>;

/** A method, with the codec of protobufjs for its messages. */
interface MethodDefinition {
  readonly path: string;
  readonly requestSerialize: (request: Message) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Message;
}

// The definitions in proto/ are read with another codec than the sidecar's, so that both cannot have the same mistake.
const definitions = loadSync(
  ["api_info", "api_v1alpha1", "api_v1alpha2", "api_v1alpha3"].map((name) =>
    repositoryPath(`proto/${name}.proto`)
  ),
  { keepCase: true, defaults: true },
);

/** What `proto/` says of a method of a service. */
export function methodDefinition(service: string, method: string): MethodDefinition {
  const methods = definitions[service];
  const definition = methods === undefined || "format" in methods
    ? undefined
    : (methods as grpc.ServiceDefinition)[method];
  if (definition === undefined) throw new Error(`proto/ defines no ${method} of ${service}`);
  // proto-loader's types do not know the message's fields: proto/ defines them.
  return definition as MethodDefinition;
}

/** Calls a hook sidecar as virt-launcher does: a new connection for every call (pkg/hooks/manager.go). */
export class VirtLauncher {
  constructor(
    private readonly socket: string,
    private readonly version: HookVersion = "v1alpha3",
    private readonly deadlineMilliseconds = 60_000,
  ) {}

  async info(): Promise<InfoResult> {
    return await this.call("kubevirt.hooks.info.Info", "Info", {}) as unknown as InfoResult;
  }

  async onDefineDomain(call: { readonly vmi: unknown; readonly domainXml: string | Uint8Array }) {
    const result = await this.callback("OnDefineDomain", {
      domainXML: typeof call.domainXml === "string" ? encode(call.domainXml) : call.domainXml,
      vmi: encode(JSON.stringify(call.vmi)),
    });
    return decode(result.domainXML);
  }

  async preCloudInitIso(call: PreCloudInitIsoCall): Promise<CloudInitData> {
    return (await this.preCloudInitIsoBoth(call)).cloudInitData;
  }

  /** PreCloudInitIso with both forms of its result. */
  async preCloudInitIsoBoth(call: PreCloudInitIsoCall) {
    const { UserData, NetworkData } = call.cloudInitData as Partial<CloudInitData>;
    const legacy = call.cloudInitNoCloudSource ?? { userData: UserData, networkData: NetworkData };
    const result = await this.callback("PreCloudInitIso", {
      cloudInitData: encode(JSON.stringify(call.cloudInitData)),
      cloudInitNoCloudSource: encode(JSON.stringify(legacy)),
      vmi: encode(JSON.stringify(call.vmi)),
    });
    return {
      cloudInitData: JSON.parse(decode(result.cloudInitData)) as CloudInitData,
      cloudInitNoCloudSource: JSON.parse(decode(result.cloudInitNoCloudSource)) as {
        readonly userData?: string;
        readonly networkData?: string;
      },
    };
  }

  async shutdown(): Promise<void> {
    await this.callback("Shutdown", {});
  }

  /** One call of the Callbacks service with the messages' raw fields. */
  callback(method: string, request: Message): Promise<Message> {
    return this.call(`kubevirt.hooks.${this.version}.Callbacks`, method, request);
  }

  private async call(service: string, method: string, request: Message): Promise<Message> {
    const definition = methodDefinition(service, method);
    // Sidecars on one machine must not share grpc-js's process-wide pool of connections.
    const client = new grpc.Client(`unix:${this.socket}`, grpc.credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
      "grpc.default_authority": "localhost",
    });
    try {
      return await new Promise<Message>((resolve, reject) => {
        client.makeUnaryRequest<Message, Message>(
          definition.path,
          definition.requestSerialize,
          definition.responseDeserialize,
          request,
          { deadline: Date.now() + this.deadlineMilliseconds },
          (error, response) => error === null ? resolve(response ?? {}) : reject(error),
        );
      });
    } finally {
      client.close();
    }
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function decode(bytes: unknown): string {
  if (!(bytes instanceof Uint8Array)) throw new Error("A bytes field of the result is missing");
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}
