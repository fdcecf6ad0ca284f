import {
  type JsonObject,
  member,
  objectMember,
  objectsMember,
  stringMember,
} from "../../text/json.ts";
import type { Manifest } from "../manifest/manifest.ts";

/** The path of the feature gates in a KubeVirt manifest. */
export const GATES_PATH = ["spec", "configuration", "developerConfiguration", "featureGates"];

/** Whether the manifest switches a feature gate on. Gates that are on by default are not in it. */
export function hasGate(kubevirt: Manifest, gate: string): boolean {
  const developer = objectMember(configurationOf(kubevirt), "developerConfiguration");
  const gates: unknown = member(developer, "featureGates");
  return Array.isArray(gates) && gates.includes(gate);
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

function configurationOf({ object }: Manifest): JsonObject | undefined {
  return objectMember(objectMember(object, "spec"), "configuration");
}
