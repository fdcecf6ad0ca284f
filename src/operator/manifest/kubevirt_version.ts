import { objectMember, stringMember } from "../../text/json.ts";
import type { Manifest } from "./manifest.ts";

/** The version of the running KubeVirt, as {@link versionNumber}; undefined if the manifest has no status. */
export function runningVersion(kubevirt: Manifest): number | undefined {
  const version = stringMember(objectMember(kubevirt.object, "status"), "observedKubeVirtVersion");
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(version ?? "") ?? [];
  return major === undefined || minor === undefined
    ? undefined
    : versionNumber(Number(major), Number(minor));
}

/** A number for a version, so that versions can be compared. */
export function versionNumber(major: number, minor: number): number {
  return major * 1000 + minor;
}
