import { ServerCredentials } from "@grpc/grpc-js";
import { createLogger } from "../log.ts";
import { ClientConnection } from "./client_connection.ts";
import type { HookContext } from "./context.ts";
import { sidecarInfo } from "./info.ts";
import { onDefineDomainParams, preCloudInitIsoParams } from "./messages.ts";
import { RehearsalClient } from "./rehearsal_client.ts";
import { hookServer } from "./services.ts";

/**
 * How often both hooks are called, each time on a connection of their own. After so many calls V8 has compiled
 * what is run often, and compiles nothing in the first calls of a real start; each round more costs 0.1 MB.
 */
const ROUNDS = 40;

const encoder = new TextEncoder();
const USER_DATA = '#cloud-config\nusers:\n  - "default"\n';

/** As long as that of many a VM, and of all kinds of characters that KubeVirt writes: V8 compiles what it has seen. */
function domain(): string {
  const disk = '\t\t<disk device="disk" type="block" model="virtio-non-transitional">\n' +
    '\t\t\t<source dev="/dev/rehearsal_0" name="re.hearsal-0"></source>\n' +
    '\t\t\t<target bus="virtio" dev="vda"></target>\n' +
    '\t\t\t<driver cache="none" error_policy="stop" name="qemu" type="raw"></driver>\n' +
    '\t\t\t<alias name="ua-A9"></alias>\n' +
    '\t\t\t<address type="pci" domain="0x0000" bus="0x01" slot="0x00" function="0x0"/>\n\t\t</disk>\n';
  return '<domain type="kvm" xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0">\n' +
    '\t<name>re-hearsal_0.</name>\n\t<memory unit="b">2147483648</memory>\n\t<os>\n' +
    '\t\t<type arch="x86_64" machine="pc-q35-rhel9.6.0">hvm</type>\n\t</os>\n' +
    `\t<devices>\n\t\t<!-- &amp; -->\n${disk.repeat(12)}\t</devices>\n` +
    "\t<metadata>&lt;&#38;</metadata>\n" +
    '\t<qemu:commandline><qemu:arg value="&quot;"></qemu:arg></qemu:commandline>\n</domain>\n';
}

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
        domainXML: encoder.encode(domain()),
      }),
    },
  ];
}

/**
 * Goes through the start of a VM that does not exist, in memory, by the same code that serves a real one:
 * V8 has then compiled it before it is needed. Changes nothing and says nothing.
 *
 * @param isQuiet Whether nobody has come in the meantime: the rehearsal ends for whoever does.
 * @param write Takes the lines that a real start would log.
 */
export async function rehearse(
  context: HookContext,
  isQuiet: () => boolean,
  write: (line: string) => void = () => {},
): Promise<void> {
  const server = hookServer({
    info: sidecarInfo(["v1alpha3"], undefined, true),
    versions: ["v1alpha3"],
    context,
    logger: createLogger({
      level: "info",
      format: "json",
      now: () => new Date(),
      write,
      file: "rehearsal.ts",
    }),
    onShutdown: () => {},
  });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const calls = callsOfStart();
  try {
    for (let round = 0; round < ROUNDS && isQuiet(); round++) {
      const client = new RehearsalClient();
      injector.injectConnection(new ClientConnection(client));
      for (const { method, request } of calls) {
        if (isQuiet()) await client.call(`/kubevirt.hooks.v1alpha3.Callbacks/${method}`, request);
        // Nothing in memory gives way to whoever comes but this.
        await new Promise((resolve) => setTimeout(resolve));
      }
      client.end();
    }
  } finally {
    server.forceShutdown();
  }
}
