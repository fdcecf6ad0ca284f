import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect } from "node:http2";
import { duplexPair } from "node:stream";
import { ServerCredentials } from "@grpc/grpc-js";
import { createLogger } from "../log.ts";
import { ClientConnection } from "./client_connection.ts";
import type { HookContext } from "./context.ts";
import { sidecarInfo } from "./info.ts";
import { onDefineDomainParams, preCloudInitIsoParams } from "./messages.ts";
import { hookServer } from "./services.ts";

/** How often each hook is called: by then V8 has compiled what it runs, and knows the types. */
const ROUNDS = 10;

const encoder = new TextEncoder();
const USER_DATA = "#cloud-config\n";
/** What virt-launcher asks when it starts a VM, here one that does not exist. Written only when it is used. */
function callsOfStart(): readonly { readonly method: string; readonly request: Uint8Array }[] {
  const vmi = encoder.encode(JSON.stringify({
    metadata: { name: "rehearsal", namespace: "rehearsal" },
    spec: { volumes: [{ name: "cloudinit", cloudInitNoCloud: { userData: USER_DATA } }] },
  }));
  return [
    {
      method: "PreCloudInitIso",
      request: preCloudInitIsoParams.encode({
        vmi,
        cloudInitData: encoder.encode(JSON.stringify({
          DataSource: "noCloud",
          NoCloudMetaData: { "instance-id": "rehearsal", "local-hostname": "rehearsal" },
          ConfigDriveMetaData: null,
          UserData: USER_DATA,
          NetworkData: "",
          DevicesData: null,
          VolumeName: "cloudinit",
        })),
        cloudInitNoCloudSource: encoder.encode(JSON.stringify({ userData: USER_DATA })),
      }),
    },
    {
      method: "OnDefineDomain",
      request: onDefineDomainParams.encode({
        vmi,
        domainXML: encoder.encode(
          '<domain type="kvm">\n  <name>rehearsal</name>\n  <devices>\n    <disk type="block">\n' +
            '      <source dev="/dev/rehearsal"/>\n    </disk>\n  </devices>\n</domain>\n',
        ),
      }),
    },
  ];
}

/**
 * Goes through the start of a VM that does not exist, in memory, by the same code that serves a real one:
 * V8 has then compiled it before it is needed. Changes nothing and says nothing.
 */
export async function rehearse(context: HookContext): Promise<void> {
  // Nothing will be asked for then.
  if (context.identity === undefined) return;
  const server = hookServer({
    info: sidecarInfo(["v1alpha3"], undefined, true),
    versions: ["v1alpha3"],
    context,
    logger: createLogger({
      level: "info",
      format: "json",
      now: () => new Date(),
      write: () => {},
      file: "rehearsal.ts",
    }),
    onShutdown: () => {},
  });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const calls = callsOfStart();
  for (let round = 0; round < ROUNDS; round++) {
    for (const { method, request } of calls) {
      const [client, socket] = duplexPair();
      injector.injectConnection(new ClientConnection(socket));
      const session = connect("http://localhost", { createConnection: () => client });
      const call = session.request({
        ":method": "POST",
        ":path": `/kubevirt.hooks.v1alpha3.Callbacks/${method}`,
        "content-type": "application/grpc",
        "te": "trailers",
      });
      call.end(framed(request));
      call.resume();
      await once(call, "close");
      session.destroy();
      client.destroy();
    }
  }
  server.forceShutdown();
}

/** A message as gRPC sends it: not compressed, and its length (grpc/grpc doc/PROTOCOL-HTTP2.md). */
function framed(message: Uint8Array): Uint8Array {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}
