import { type JsonObject, objectMember, stringMember } from "../../text/json.ts";
import type { Manifest } from "./manifest.ts";

/** The instance type or the preference of a VM, named in the VM or by a label of one of its volumes. */
export interface Matcher {
  /** The kind in the VM, or KubeVirt's default. */
  readonly kind: string;
  readonly name: string | undefined;
  /** The volume whose PVC, DataVolume or DataSource has the name in a label. */
  readonly volume: string | undefined;
}

/** The kinds that have a VirtualMachine's spec, and its path. A VMI has no matchers. */
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
