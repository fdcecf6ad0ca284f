import { truncate } from "../text/truncate.ts";
import type { Vmi } from "./vmi.ts";

/** A name in a VMI that may say which operating system the guest has, and where it is, for people. */
export interface OsName {
  readonly name: string;
  readonly evidence: string;
}

/** Annotations and labels that KubeVirt's tooling, common-templates, instance types and Harvester write. */
const OS_METADATA_KEYS = [
  "kubevirt.io/preference-name",
  "kubevirt.io/cluster-preference-name",
  "vm.kubevirt.io/os",
  "kubevirt.io/os",
  "vm.kubevirt.io/template",
  "template.kubevirt.io/name",
  "harvesterhci.io/os",
];

/** common-templates label a VM `os.template.kubevirt.io/<os>: "true"`. */
const OS_TEMPLATE_LABEL = "os.template.kubevirt.io/";

/** The names in annotations and labels. */
export function metadataNames(
  { annotations, labels }: Pick<Vmi, "annotations" | "labels">,
): readonly OsName[] {
  const values = OS_METADATA_KEYS.flatMap((key) =>
    ([["annotation", annotations], ["label", labels]] as const).flatMap(([kind, metadata]) => {
      const name = metadata.get(key);
      return name ? [{ name, evidence: `the ${kind} ${key} is ${truncate(name)}` }] : [];
    })
  );
  const keys = [...labels.keys()].filter((key) => key.startsWith(OS_TEMPLATE_LABEL));
  return [
    ...values,
    ...keys.map((key) => ({
      name: key.slice(OS_TEMPLATE_LABEL.length),
      evidence: `the label ${truncate(key)} is set`,
    })),
  ];
}

/** The names that the guest agent has reported. */
export function guestAgentNames({ guestAgentOs }: Vmi): readonly OsName[] {
  return Object.entries(guestAgentOs).map(([field, name]) => ({
    name,
    evidence: `status.guestOSInfo.${field} is ${truncate(name)}`,
  }));
}

/** The name of a containerDisk's image: without its registry and its digest, which say nothing of the guest. */
export function imageName(image: string): OsName {
  return {
    name: image.replace(/@.*/, "").replace(/^(?:[^/]*[.:][^/]*|localhost)\//, ""),
    evidence: `the image is ${truncate(image)}`,
  };
}
