import { type JsonObject, member, objectMember, objectsMember } from "../../text/json.ts";

/** kubevirt.io/api core/v1, AllowPodBridgeNetworkLiveMigrationAnnotation. */
const BRIDGE_ANNOTATION = "kubevirt.io/allow-pod-bridge-network-live-migration";

/**
 * Whether KubeVirt can migrate a VM while it runs, as far as its manifest tells: KubeVirt finds out for
 * itself, and says so by the condition LiveMigratable (kubevirt/kubevirt pkg/virt-handler/vm.go,
 * calculateLiveMigrationCondition). What hangs on the cluster, such as how a PVC is shared, may be right.
 */
export function mayBeMigratable(vmi: JsonObject): boolean {
  const spec = objectMember(vmi, "spec");
  const domain = objectMember(spec, "domain");
  const devices = objectMember(domain, "devices");
  const passthrough = objectMember(objectMember(domain, "features"), "hypervPassthrough");
  const volumes = objectsMember(spec, "volumes");
  return objectsMember(devices, "hostDevices").length === 0 &&
    objectsMember(devices, "gpus").length < 2 &&
    !isConfidential(spec) &&
    (passthrough === undefined || member(passthrough, "enabled") === false) &&
    volumes.map((volume) => objectMember(volume, "hostDisk"))
      .every((disk) => disk === undefined || member(disk, "shared") === true) &&
    !hasFixedBridge(vmi);
}

/** The guest's memory cannot leave the host (pkg/util, IsSEVVMI, IsTDXVMI, IsSecureExecutionVMI). */
function isConfidential(spec: JsonObject | undefined): boolean {
  const security = objectMember(objectMember(spec, "domain"), "launchSecurity");
  return security !== undefined &&
    (member(spec, "architecture") === "s390x" ||
      ["sev", "snp", "tdx"].some((kind) => objectMember(security, kind) !== undefined));
}

/** The guest has the pod's own address, which no other pod gets (pkg/network/vmispec, VerifyVMIMigratable). */
function hasFixedBridge(vmi: JsonObject): boolean {
  const spec = objectMember(vmi, "spec");
  const annotations = objectMember(objectMember(vmi, "metadata"), "annotations");
  if (member(annotations, BRIDGE_ANNOTATION) !== undefined) return false;
  const network = objectsMember(spec, "networks").find((one) => objectMember(one, "pod"));
  if (network === undefined) return false;
  return objectsMember(objectMember(objectMember(spec, "domain"), "devices"), "interfaces")
    .some((one) => one.name === network.name && objectMember(one, "bridge") !== undefined);
}
