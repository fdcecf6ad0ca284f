import { labelsOf } from "../../kubevirt/metadata.ts";
import { metadataNames } from "../../kubevirt/os_names.ts";
import { readVmi } from "../../kubevirt/vmi.ts";
import { type JsonObject, objectMember, objectsMember, stringMember } from "../../text/json.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { CheckContext } from "./check_context.ts";
import { volumesOf } from "./places.ts";

/**
 * Names that may say which guest a virtual machine has: those in the metadata of a VirtualMachine, which KubeVirt does
 * not give to its VMI (Harvester labels the VM alone), and those that people chose for another reason as well.
 */
export function guestNames(context: CheckContext): readonly string[] {
  const { virtualMachine: { manifest }, manifests, vmi } = context;
  const dataVolumes = [
    ...dataVolumeTemplatesOf(manifest),
    ...manifests.filter(({ kind }) => kind === "DataVolume").map(({ object }) => object),
  ];
  return [
    ...metadataNames(readVmi(manifest.object)).map(({ name }) => name),
    vmi.name,
    ...volumesOf(context).flatMap((volume) => {
      const dataVolume = stringMember(objectMember(volume, "dataVolume"), "name");
      const found = dataVolumes.find((candidate) =>
        stringMember(objectMember(candidate, "metadata"), "name") === dataVolume
      );
      return [
        stringMember(volume, "name"),
        stringMember(objectMember(volume, "containerDisk"), "image"),
        stringMember(objectMember(volume, "persistentVolumeClaim"), "claimName"),
        dataVolume,
        ...sourceNames(found),
      ];
    }),
  ].filter((name) => name !== undefined);
}

/** kubevirt.io/api core/v1, VirtualMachineSpec. */
function dataVolumeTemplatesOf({ object }: Manifest): readonly JsonObject[] {
  const spec = objectMember(object, "spec");
  const pool = objectMember(objectMember(spec, "virtualMachineTemplate"), "spec");
  return [spec, pool].flatMap((owner) => objectsMember(owner, "dataVolumeTemplates"));
}

/** Where a DataVolume gets its content from: a URL, a claim, a DataSource (kubevirt.io/containerized-data-importer-api). */
function sourceNames(dataVolume: JsonObject | undefined): readonly (string | undefined)[] {
  const spec = objectMember(dataVolume, "spec");
  const source = objectMember(spec, "source");
  const labels = labelsOf(dataVolume);
  return [
    stringMember(objectMember(spec, "sourceRef"), "name"),
    stringMember(labels, "instancetype.kubevirt.io/default-preference"),
    ...Object.keys(source ?? {}).flatMap((kind) =>
      ["url", "name", "imageStream"].map((field) => stringMember(objectMember(source, kind), field))
    ),
  ];
}
