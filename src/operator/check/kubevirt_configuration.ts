import {
  type JsonObject,
  member,
  objectMember,
  objectsMember,
  stringMember,
} from "../../text/json.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { Path } from "../manifest/path.ts";
import {
  hasHyperConvergedGate,
  hyperConvergedGateFix,
  hyperConvergedGatePath,
  hyperConvergedKubeVirtMinor,
  isHyperConverged,
  isManagedByHyperConverged,
} from "./hyper_converged.ts";

/** The path of the feature gates in a KubeVirt manifest. */
const GATES_PATH = ["spec", "configuration", "developerConfiguration", "featureGates"];

/** The versions that KubeVirt gives its releases; a vendor's or an image's tag says nothing about the release. */
const RELEASE = /^v?1\.(\d+)\.\d+(-(alpha|beta|rc)\.\d+)?$/;

/** Whether the manifest switches a feature gate on. Gates that are on by default are not in it. */
export function hasGate(kubevirt: Manifest, gate: string): boolean {
  if (isHyperConverged(kubevirt)) return hasHyperConvergedGate(kubevirt, gate);
  const developer = objectMember(configurationOf(kubevirt), "developerConfiguration");
  const gates: unknown = member(developer, "featureGates");
  return Array.isArray(gates) && gates.includes(gate);
}

/** Where to switch a feature gate on, and how, as a sentence. */
export function gateFix(
  kubevirt: Manifest,
  gate: string,
): { readonly path: Path; readonly fix: string } {
  const path = isHyperConverged(kubevirt) ? hyperConvergedGatePath(gate) : GATES_PATH;
  return {
    path,
    fix: isHyperConverged(kubevirt) || isManagedByHyperConverged(kubevirt)
      ? hyperConvergedGateFix(gate)
      : `Add ${gate} to ${GATES_PATH.join(".")}.`,
  };
}

/** The version that the running KubeVirt has; undefined if the manifest has no status. */
export function observedVersion({ object }: Manifest): string | undefined {
  return stringMember(objectMember(object, "status"), "observedKubeVirtVersion");
}

/** The version of the running KubeVirt, as {@link versionNumber}; undefined if it is not known. */
export function runningVersion(kubevirt: Manifest): number | undefined {
  const minor = isHyperConverged(kubevirt)
    ? hyperConvergedKubeVirtMinor(kubevirt)
    : RELEASE.exec(observedVersion(kubevirt) ?? "")?.[1];
  return minor === undefined ? undefined : versionNumber(1, Number(minor));
}

/** A number for a version, so that versions can be compared. */
export function versionNumber(major: number, minor: number): number {
  return major * 1000 + minor;
}

/** Whether the running KubeVirt is known to be older than a version ({@link versionNumber}). */
export function isOlderThan(kubevirt: Manifest | undefined, version: number): boolean {
  const running = kubevirt && runningVersion(kubevirt);
  return running !== undefined && running < version;
}

/** The limits that the manifest sets for hook sidecars, and their path; undefined if KubeVirt's defaults apply. */
export function sidecarLimits(kubevirt: Manifest): {
  readonly path: readonly (string | number)[];
  readonly limits: JsonObject | undefined;
} | undefined {
  const containers = objectsMember(configurationOf(kubevirt), "supportContainerResources");
  const index = containers.findIndex((container) => stringMember(container, "type") === "sidecar");
  const found = containers[index];
  return found && {
    path: ["spec", "configuration", "supportContainerResources", index, "resources", "limits"],
    limits: objectMember(objectMember(found, "resources"), "limits"),
  };
}

/**
 * The binding of a VM that names no network (kubevirt/kubevirt pkg/virt-config/virt-config.go, DefaultNetworkInterface;
 * kubevirt/hyperconverged-cluster-operator controllers/handlers/kubevirt.go).
 */
export function defaultBinding(kubevirt: Manifest): string {
  if (isHyperConverged(kubevirt)) return "masquerade";
  const network = objectMember(configurationOf(kubevirt), "network");
  return stringMember(network, "defaultNetworkInterface") || "bridge";
}

function configurationOf({ object }: Manifest): JsonObject | undefined {
  return objectMember(objectMember(object, "spec"), "configuration");
}
