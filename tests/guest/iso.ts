import type { CloudInitData } from "../support/virt_launcher.ts";
import { run } from "./process.ts";

/** What goes onto the disk as user data: text, or bytes where KubeVirt would have bytes (gzip). */
export type DiskContent = CloudInitData & { readonly RawUserData?: Uint8Array };

/**
 * Makes the cloud-init disk as KubeVirt does (GenerateLocalData in pkg/cloud-init/cloud-init.go): the
 * same file names, the same labels, the same options of xorrisofs.
 *
 * @param folder a scratch folder, which must not exist yet
 */
export async function makeCloudInitIso(
  data: DiskContent,
  output: string,
  folder: string,
): Promise<void> {
  const noCloud = data.DataSource === "noCloud";
  const at = noCloud ? folder : `${folder}/openstack/latest`;
  await Deno.mkdir(at, { recursive: true });
  const mode = { mode: 0o600 };
  const userData = data.RawUserData ?? new TextEncoder().encode(data.UserData);
  await Deno.writeFile(`${at}/${noCloud ? "user-data" : "user_data"}`, userData, mode);
  await Deno.writeTextFile(
    `${at}/${noCloud ? "meta-data" : "meta_data.json"}`,
    JSON.stringify(noCloud ? data.NoCloudMetaData : data.ConfigDriveMetaData),
    mode,
  );
  if (data.NetworkData !== "") {
    const name = noCloud ? "network-config" : "network_data.json";
    await Deno.writeTextFile(`${at}/${name}`, data.NetworkData, mode);
  }
  await run("xorrisofs", [
    "-output",
    output,
    "-volid",
    noCloud ? "cidata" : "config-2",
    "-joliet",
    "-rock",
    "-partition_cyl_align",
    "on",
    folder,
  ]);
}
