import type { CloudInitData } from "../support/virt_launcher.ts";
import type { GuestDisk } from "./guests.ts";
import { type IdentityKind, PROJECTED } from "./token_volume.ts";

/** The kind of the VM's cloud-init volume; `none`: the VM has no such volume, and its user data is not used. */
export type DataSource = "noCloud" | "configDrive" | "none";

/** What the scenarios vary of a VirtualMachineInstance. */
export interface MachineSpec {
  readonly name: string;
  /** The disk of the guest that it starts with; by default the one with cloud-init. */
  readonly disk?: GuestDisk;
  /** The firmware's UUID: KubeVirt makes it the instance-id (NoCloud) or the uuid (ConfigDrive). */
  readonly uuid: string;
  readonly dataSource: DataSource;
  /** What the VM's owner wrote: text, or bytes where it is gzip. */
  readonly userData: string | Uint8Array<ArrayBuffer>;
  /** The name of a `containerPath` volume that shares the token's folder, if there is one. */
  readonly containerPath?: string;
  /** How EKS gives the pod its role; by default by a web identity. */
  readonly identity?: IdentityKind;
  /** The guest has the pod's network, by masquerade. Only one machine at a time may have it. */
  readonly podNetwork?: boolean;
  /** The name of a `serviceAccount` volume that KubeVirt shares with the guest, if there is one. */
  readonly accountShare?: string;
}

/** The VMI as virt-launcher has it, in the fields that matter here. */
export function virtualMachineInstance(spec: MachineSpec) {
  const userData = typeof spec.userData === "string"
    ? { userData: spec.userData }
    : { userDataBase64: spec.userData.toBase64() };
  const volume = spec.dataSource === "noCloud"
    ? { cloudInitNoCloud: userData }
    : { cloudInitConfigDrive: userData };
  const hasCloudInit = spec.dataSource !== "none";
  const volumes = [
    ...(spec.containerPath === undefined ? [] : [{
      name: spec.containerPath,
      containerPath: { path: PROJECTED[spec.identity ?? "web identity"].folder, readOnly: true },
    }]),
    ...(spec.accountShare === undefined
      ? []
      : [{ name: spec.accountShare, serviceAccount: { serviceAccountName: "vm" } }]),
  ];
  return {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachineInstance",
    metadata: { name: spec.name, namespace: "default", uid: spec.uuid },
    spec: {
      domain: {
        cpu: { cores: 1, sockets: 1, threads: 1 },
        devices: {
          disks: [
            { name: "root", disk: { bus: "virtio" } },
            ...(hasCloudInit ? [{ name: "cloudinit", disk: { bus: "virtio" } }] : []),
            { name: "data", disk: { bus: "virtio" } },
          ],
          ...(volumes.length > 0 && {
            filesystems: volumes.map(({ name }) => ({ name, virtiofs: {} })),
          }),
          interfaces: [{ name: "default", masquerade: {} }],
        },
        firmware: { uuid: spec.uuid },
        machine: { type: "q35" },
        memory: { guest: "768Mi" },
      },
      networks: [{ name: "default", pod: {} }],
      volumes: [
        { name: "root", containerDisk: { image: "registry.example/guest" } },
        ...(hasCloudInit ? [{ name: "cloudinit", ...volume }] : []),
        { name: "data", emptyDisk: { capacity: "16Mi" } },
        ...volumes,
      ],
    },
  };
}

/**
 * What KubeVirt hands to PreCloudInitIso. Its user data is a Go string in JSON: bytes that are not
 * UTF-8 arrive as U+FFFD each, so gzip arrives damaged.
 */
export function cloudInitData(spec: MachineSpec): CloudInitData {
  const noCloud = spec.dataSource === "noCloud";
  return {
    DataSource: spec.dataSource,
    NoCloudMetaData: noCloud ? { "instance-id": spec.uuid, "local-hostname": spec.name } : null,
    ConfigDriveMetaData: noCloud ? null : {
      instance_id: `${spec.name}.default`,
      hostname: spec.name,
      uuid: spec.uuid,
    },
    UserData: typeof spec.userData === "string" ? spec.userData : goString(spec.userData),
    NetworkData: "",
    DevicesData: null,
    VolumeName: "cloudinit",
  };
}

/** Bytes as Go's encoding/json writes them: every byte that starts no UTF-8 sequence is one U+FFFD. */
function goString(bytes: Uint8Array): string {
  const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const length = [1, 2, 3, 4].find((size) => {
      try {
        return at + size <= bytes.length && strict.decode(bytes.subarray(at, at + size)) !== "";
      } catch {
        return false;
      }
    });
    text += length === undefined ? "\uFFFD" : strict.decode(bytes.subarray(at, at + length));
    at += length ?? 1;
  }
  return text;
}
