import {
  type JsonObject,
  member,
  objectMember,
  objectsMember,
  stringMember,
} from "../../text/json.ts";
import type { Manifest } from "../manifest/manifest.ts";

/** Where feature gates stand in a KubeVirt manifest. */
export const GATES_PATH = [
  "spec",
  "configuration",
  "developerConfiguration",
  "featureGates",
];

/** Whether a feature gate is switched on. Gates that are on by themselves are the caller's to know. */
export function hasGate(kubevirt: Manifest, gate: string): boolean {
  const developer = objectMember(configurationOf(kubevirt), "developerConfiguration");
  return strings(developer, "featureGates").includes(gate);
}

/** Major and minor version of the KubeVirt that runs, as a number to compare; absent if it does not tell. */
export function runningVersion(kubevirt: Manifest): number | undefined {
  const version = stringMember(objectMember(kubevirt.object, "status"), "observedKubeVirtVersion");
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version ?? "") ?? [];
  return major === undefined || minor === undefined
    ? undefined
    : versionNumber(Number(major), Number(minor));
}

/** A version as a number to compare. */
export function versionNumber(major: number, minor: number): number {
  return major * 1000 + minor;
}

/** The limits that KubeVirt gives to hook sidecars instead of its defaults, and where they stand. */
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

function configurationOf({ object }: Manifest): JsonObject | undefined {
  return objectMember(objectMember(object, "spec"), "configuration");
}

function strings(object: JsonObject | undefined, key: string): readonly string[] {
  const value: unknown = member(object, key);
  return Array.isArray(value)
    ? value.filter((entry): entry is string => typeof entry === "string")
    : [];
}
