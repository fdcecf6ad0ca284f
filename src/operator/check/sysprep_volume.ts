import type { ManifestSysprep } from "../manifest/sysprep.ts";
import type { CheckContext } from "./check_context.ts";

/** The sysprep volume from whose CD the guest gets its role: that of a VM whose cloud-init data has no part of ours. */
export function scriptVolume(
  { sysprep, cloudInit, hookPoints }: CheckContext,
): ManifestSysprep | undefined {
  return cloudInit === undefined || !hookPoints.has("PreCloudInitIso") ? sysprep : undefined;
}
