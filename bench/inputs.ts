import { LINUX, noCloudData } from "../tests/support/kubevirt.ts";

/** The files that hold the fields of a call, as the probe takes them. */
export interface InputFiles {
  readonly vmi: string;
  readonly domainXml: string;
  readonly cloudInitData: string;
  readonly cloudInitNoCloudSource: string;
}

/** How much the VM's owner wrote. */
export const INPUT_SIZES = {
  small: 300,
  typical: 4 * 1024,
  // The most that a Secret holds, and so the most that a VM can have.
  "1 MiB": 1024 * 1024,
} as const;
export type InputSize = keyof typeof INPUT_SIZES;

/** The annotation without which the peer's example would hand the domain back unread. */
const PEER_ANNOTATION = { "smbios.vm.kubevirt.io/baseBoardManufacturer": "KubeVirt" };

/** Writes the requests of one input into a folder of its own. */
export async function writeInput(folder: string, size: InputSize): Promise<InputFiles> {
  const userData = cloudConfig(INPUT_SIZES[size]);
  const detailed = size !== "small";
  const fields = {
    vmi: JSON.stringify(virtualMachine(userData, detailed)),
    domainXml: detailed ? withDisks(LINUX.domainXml, 12) : LINUX.domainXml,
    cloudInitData: JSON.stringify(noCloudData(userData)),
    cloudInitNoCloudSource: JSON.stringify({
      userData,
      networkData: noCloudData(userData).NetworkData,
    }),
  };
  const directory = `${folder}/${size.replace(" ", "-")}`;
  await Deno.mkdir(directory, { recursive: true });
  for (const [name, text] of Object.entries(fields)) {
    await Deno.writeTextFile(`${directory}/${name}`, text);
  }
  return {
    vmi: `${directory}/vmi`,
    domainXml: `${directory}/domainXml`,
    cloudInitData: `${directory}/cloudInitData`,
    cloudInitNoCloudSource: `${directory}/cloudInitNoCloudSource`,
  };
}

/** A cloud-config of so many bytes that writes files. */
function cloudConfig(bytes: number): string {
  let text = "#cloud-config\npackages: [awscli]\nwrite_files:\n";
  for (let index = 0; text.length < bytes; index++) {
    text += `  - path: /etc/orders/${index}.conf\n    content: "region = eu-central-1; shard = ${
      index * 7919
    }"\n`;
  }
  return text.slice(0, bytes - 1) + "\n";
}

/** A VMI of about 1 KiB, or with the conditions, disks and labels that a real one has: about 8 KiB. */
function virtualMachine(userData: string, detailed: boolean) {
  const metadata = {
    name: "orders",
    namespace: "shop",
    uid: "3a7d7b0c-4c8e-4e1f-9f7e-0b9a9d0f4c11",
    annotations: { ...PEER_ANNOTATION, "kubevirt.io/cluster-preference-name": "fedora" },
    labels: detailed ? Object.fromEntries(numbered(20, (n) => [`shop/label-${n}`, "on"])) : {},
  };
  const volumes = [
    { name: "cloudinit", cloudInitNoCloud: { userData } },
    { name: "root", containerDisk: { image: "quay.io/containerdisks/fedora:latest" } },
    ...(detailed
      ? numbered(12, (n) => ({
        name: `data-${n}`,
        persistentVolumeClaim: { claimName: `orders-data-${n}` },
      }))
      : []),
  ];
  return {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachineInstance",
    metadata,
    spec: {
      domain: {
        devices: {
          disks: volumes.map(({ name }) => ({ name, disk: { bus: "virtio" } })),
          interfaces: [{ name: "default", masquerade: {} }],
        },
        firmware: { uuid: "6b1a2f1e-6f7e-5b0c-9a57-3f4c2a8c9d10" },
        resources: { requests: { memory: "2Gi" } },
      },
      networks: [{ name: "default", pod: {} }],
      volumes,
    },
    status: {
      phase: "Scheduled",
      conditions: numbered(detailed ? 20 : 1, (n) => ({
        type: `Condition${n}`,
        status: "True",
        lastTransitionTime: "2026-01-01T00:00:00Z",
        message: "The virtual machine instance is as it should be.",
      })),
    },
  };
}

function withDisks(domainXml: string, count: number): string {
  const disks = numbered(
    count,
    (n) =>
      `		<disk device="disk" type="block" model="virtio-non-transitional">
			<source dev="/dev/data-${n}" name="data-${n}"></source>
			<target bus="virtio" dev="vd${String.fromCharCode(99 + n)}"></target>
			<driver cache="none" error_policy="stop" name="qemu" type="raw" io="native" discard="unmap"></driver>
			<alias name="ua-data-${n}"></alias>
		</disk>
`,
  );
  // The first </devices> of the fixture is in a comment and the last in its metadata.
  return domainXml.replace("\t\t<rng ", `${disks.join("")}\t\t<rng `);
}

function numbered<Value>(count: number, make: (index: number) => Value): Value[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
