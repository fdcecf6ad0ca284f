import { type JsonObject, member, objectMember } from "../../text/json.ts";
import type { Path } from "../manifest/path.ts";
import { quantity } from "./quantity.ts";

/**
 * The field that gives a VMI's pod the QoS class Guaranteed, as a path in the VMI; undefined if there is none
 * (kubevirt.io/api core/v1, IsCPUDedicated and WantsToHaveQOSGuaranteed).
 */
export function guaranteedBy(vmi: JsonObject): Path | undefined {
  const domain = objectMember(objectMember(vmi, "spec"), "domain");
  if (member(objectMember(domain, "cpu"), "dedicatedCpuPlacement") === true) {
    return ["spec", "domain", "cpu", "dedicatedCpuPlacement"];
  }
  const resources = objectMember(domain, "resources");
  const requests = objectMember(resources, "requests");
  const limits = objectMember(resources, "limits");
  const isGuaranteed = ["cpu", "memory"].every((name) => {
    const limit = quantity(member(limits, name));
    return limit !== undefined && limit === (quantity(member(requests, name)) ?? limit);
  });
  return isGuaranteed ? ["spec", "domain", "resources", "limits"] : undefined;
}
