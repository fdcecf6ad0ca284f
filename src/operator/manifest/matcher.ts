import { type JsonObject, objectMember, stringMember } from "../../text/json.ts";
import type { Manifest } from "./manifest.ts";

/** An instance type or a preference of a VM: it is named, or KubeVirt looks for its name on a volume. */
export interface Matcher {
  /** The kind that is named, or the one that KubeVirt takes without one. */
  readonly kind: string;
  readonly name: string | undefined;
  /** The volume whose PVC, DataVolume or DataSource has a label with the name. */
  readonly volume: string | undefined;
}

/** Kinds that make VirtualMachines or are one, and where its spec is. A VMI has no matchers. */
const SPEC_PATHS: ReadonlyMap<string, readonly string[]> = new Map([
  ["VirtualMachine", ["spec"]],
  ["VirtualMachinePool", ["spec", "virtualMachineTemplate", "spec"]],
]);

/** kubevirt.io/api core/v1, InstancetypeMatcher and PreferenceMatcher. */
const DEFAULT_KINDS = {
  instancetype: "VirtualMachineClusterInstancetype",
  preference: "VirtualMachineClusterPreference",
} as const;

/** The instance type or the preference of a virtual machine, if it has one. */
export function matcherOf(
  { kind, object }: Manifest,
  field: keyof typeof DEFAULT_KINDS,
): Matcher | undefined {
  const spec = SPEC_PATHS.get(kind)?.reduce<JsonObject | undefined>(objectMember, object);
  const matcher = objectMember(spec, field);
  const name = stringMember(matcher, "name") || undefined;
  const volume = stringMember(matcher, "inferFromVolume") || undefined;
  if (name === undefined && volume === undefined) return undefined;
  return { kind: stringMember(matcher, "kind") || DEFAULT_KINDS[field], name, volume };
}
