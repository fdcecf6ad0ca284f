import {
  type JsonObject,
  member,
  objectMember,
  objectsMember,
  parseJsonObject,
  stringMember,
  stringMembers,
} from "../text/json.ts";

/** A cloud-init volume of a VMI. */
export interface CloudInitVolume {
  readonly volumeName: string;
  /** Also what virt-launcher has read from a Secret (kubevirt/kubevirt pkg/cloud-init/cloud-init.go). */
  readonly userData: string | undefined;
  /** The value of `userDataBase64`, still encoded. */
  readonly userDataBase64: string | undefined;
  /** Whether virt-launcher read the user data from a Secret, which may hold any bytes. */
  readonly userDataFromSecret: boolean;
}

/** A `containerPath` volume, which shares a folder of the compute container with the guest. */
export interface ContainerPathVolume {
  readonly volumeName: string;
  readonly path: string;
}

/** The interface of a VM on the pod's own network. */
export interface PodInterface {
  /** "default" if the VMI names no network yet: virt-api then adds one, by default with a bridge. */
  readonly binding: "masquerade" | "bridge" | "passt" | "default" | "other";
  /** The IPv4 network between the guest and the pod with masquerade; undefined for KubeVirt's own. */
  readonly vmNetworkCidr: string | undefined;
}

/**
 * The fields of a VirtualMachineInstance that the decisions depend on
 * (kubevirt/kubevirt staging/src/kubevirt.io/api/core/v1).
 */
export interface Vmi {
  readonly namespace: string;
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** In the order of the VMI: KubeVirt uses the first. */
  readonly cloudInitVolumes: readonly CloudInitVolume[];
  readonly containerPathVolumes: readonly ContainerPathVolume[];
  /**
   * The disks that the VM boots from, first to last, each as the image of its containerDisk; undefined for a disk of
   * another kind.
   */
  readonly bootImages: readonly (string | undefined)[];
  readonly hasSysprepVolume: boolean;
  /** Names of the filesystems that the VMI shares by virtiofs. Each is also the virtiofs tag. */
  readonly virtiofsFilesystems: ReadonlySet<string>;
  /** Undefined if the VM is not on the pod network. */
  readonly podInterface: PodInterface | undefined;
  readonly hasHypervFeatures: boolean;
  readonly hasHypervClock: boolean;
  /** What the guest agent has reported; empty strings until it reports. */
  readonly guestAgentOs: { readonly id: string; readonly name: string };
}

/**
 * Reads a VMI from the JSON that virt-launcher sends. KubeVirt has validated it, so a field of an
 * unexpected type is treated as absent. An empty message field is read as an empty VMI.
 *
 * @throws {InvalidInput} if it is not a JSON object.
 */
export function parseVmi(bytes: Uint8Array): Vmi {
  return readVmi(bytes.length === 0 ? {} : parseJsonObject(bytes, "The field vmi", "VMI"));
}

/** Reads a VMI from parsed JSON or YAML. */
export function readVmi(vmi: JsonObject): Vmi {
  const metadata = objectMember(vmi, "metadata");
  const spec = objectMember(vmi, "spec");
  const domain = objectMember(spec, "domain");
  const features = objectMember(domain, "features");
  const timer = objectMember(objectMember(domain, "clock"), "timer");
  const guestOs = objectMember(objectMember(vmi, "status"), "guestOSInfo");
  const volumes = objectsMember(spec, "volumes");
  return {
    namespace: stringMember(metadata, "namespace") ?? "",
    name: stringMember(metadata, "name") ?? "",
    labels: stringMembers(objectMember(metadata, "labels")),
    annotations: stringMembers(objectMember(metadata, "annotations")),
    cloudInitVolumes: volumes.flatMap(cloudInitVolume),
    containerPathVolumes: volumes.flatMap(containerPathVolume),
    bootImages: bootImages(objectsMember(objectMember(domain, "devices"), "disks"), volumes),
    hasSysprepVolume: volumes.some((volume) => objectMember(volume, "sysprep") !== undefined),
    virtiofsFilesystems: new Set(
      objectsMember(objectMember(domain, "devices"), "filesystems")
        .filter((filesystem) => objectMember(filesystem, "virtiofs") !== undefined)
        .flatMap((filesystem) => stringMember(filesystem, "name") ?? []),
    ),
    podInterface: podInterface(objectMember(domain, "devices"), objectsMember(spec, "networks")),
    hasHypervFeatures: objectMember(features, "hyperv") !== undefined ||
      objectMember(features, "hypervPassthrough") !== undefined,
    hasHypervClock: objectMember(timer, "hyperv") !== undefined,
    guestAgentOs: {
      id: stringMember(guestOs, "id") ?? "",
      name: stringMember(guestOs, "name") ?? "",
    },
  };
}

function cloudInitVolume(volume: JsonObject): readonly CloudInitVolume[] {
  const source = objectMember(volume, "cloudInitNoCloud") ??
    objectMember(volume, "cloudInitConfigDrive");
  if (source === undefined) return [];
  return [{
    volumeName: stringMember(volume, "name") ?? "",
    userData: stringMember(source, "userData"),
    userDataBase64: stringMember(source, "userDataBase64"),
    userDataFromSecret: objectMember(source, "secretRef") !== undefined,
  }];
}

function containerPathVolume(volume: JsonObject): readonly ContainerPathVolume[] {
  const path = stringMember(objectMember(volume, "containerPath"), "path");
  return path === undefined ? [] : [{ volumeName: stringMember(volume, "name") ?? "", path }];
}

/** Without a `bootOrder` a VM boots from its first disk. KubeVirt makes a disk of a volume that no disk names. */
function bootImages(
  disks: readonly JsonObject[],
  volumes: readonly JsonObject[],
): readonly (string | undefined)[] {
  const orderOf = (disk: JsonObject) => Number(member(disk, "bootOrder") ?? Infinity);
  const ordered = disks.filter((disk) => orderOf(disk) < Infinity)
    .sort((one, other) => orderOf(one) - orderOf(other));
  const [first = volumes[0]] = disks;
  return (ordered.length > 0 ? ordered : [first]).flatMap((disk) => {
    const name = stringMember(disk, "name");
    if (name === undefined) return [];
    const volume = volumes.find((candidate) => member(candidate, "name") === name);
    return [stringMember(objectMember(volume, "containerDisk"), "image")];
  });
}

/** The network's name is that of its interface. */
function podInterface(
  devices: JsonObject | undefined,
  networks: readonly JsonObject[],
): PodInterface | undefined {
  const interfaces = objectsMember(devices, "interfaces");
  if (networks.length === 0 && interfaces.length === 0) {
    // kubevirt/kubevirt pkg/network/vmispec/defaults.go, SetDefaultNetworkInterface.
    return member(devices, "autoattachPodInterface") === false
      ? undefined
      : { binding: "default", vmNetworkCidr: undefined };
  }
  const network = networks.find((candidate) => objectMember(candidate, "pod") !== undefined);
  const found = network &&
    interfaces.find((candidate) => member(candidate, "name") === member(network, "name"));
  return found && {
    binding: bindingOf(found),
    vmNetworkCidr: stringMember(objectMember(network, "pod"), "vmNetworkCIDR") || undefined,
  };
}

/** kubevirt/kubevirt staging/src/kubevirt.io/api/core/v1/schema.go, InterfaceBindingMethod. */
function bindingOf(networkInterface: JsonObject): PodInterface["binding"] {
  const has = (name: string) => objectMember(networkInterface, name) !== undefined;
  if (has("masquerade")) return "masquerade";
  if (has("bridge")) return "bridge";
  const plugin = stringMember(objectMember(networkInterface, "binding"), "name");
  return has("passtBinding") || has("passt") || plugin === "passt" ? "passt" : "other";
}
