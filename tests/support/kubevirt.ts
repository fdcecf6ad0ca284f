import { repositoryPath } from "./paths.ts";
import type { CloudInitData } from "./virt_launcher.ts";

function fixture(name: string): string {
  return Deno.readTextFileSync(repositoryPath(`tests/fixtures/${name}`));
}

/** A Linux VM as virt-launcher knows it: NoCloud, virtio, no hugepages. */
export const LINUX = {
  vmi: JSON.parse(fixture("vmi-linux.json")) as Record<string, unknown>,
  domainXml: fixture("linux.domain"),
  cloudInitData: noCloudData("#cloud-config\npackages: [awscli]\n"),
};

/** A Windows VM: ConfigDrive, hugepages, a NUMA cell with private memory. */
export const WINDOWS = {
  vmi: JSON.parse(fixture("vmi-windows.json")) as Record<string, unknown>,
  domainXml: fixture("windows.domain"),
  cloudInitData: {
    ...noCloudData("#ps1_sysnative\nGet-Date\n"),
    DataSource: "configDrive",
    NoCloudMetaData: null,
    ConfigDriveMetaData: {
      instance_id: "reports.shop",
      hostname: "reports",
      uuid: "1f0c9f0a-8a53-5b6e-8f0e-9d7b7c1f2a33",
    },
    DevicesData: [{ type: "nic", bus: "pci", address: "0000:01:00.0", tags: ["front"] }],
  } satisfies CloudInitData,
};

/** KubeVirt's CloudInitData for a NoCloud volume. */
export function noCloudData(userData: string): CloudInitData {
  return {
    DataSource: "noCloud",
    NoCloudMetaData: {
      "instance-id": "6b1a2f1e-6f7e-5b0c-9a57-3f4c2a8c9d10",
      "local-hostname": "orders",
      "public-keys": { "0": "ssh-ed25519 AAAA orders" },
    },
    ConfigDriveMetaData: null,
    UserData: userData,
    NetworkData: "version: 2\nethernets: {eth0: {dhcp4: true}}\n",
    DevicesData: null,
    VolumeName: "cloudinit",
  };
}

/** A VMI whose cloud-init volume has its user data in base64. */
export function vmiWithBase64(bytes: Uint8Array) {
  return {
    metadata: { name: "orders", namespace: "shop" },
    spec: {
      volumes: [{
        name: "cloudinit",
        cloudInitNoCloud: { userDataBase64: btoa(String.fromCharCode(...bytes)) },
      }],
    },
  };
}

/** Bytes as a string of Go's JSON: every byte that is not UTF-8 becomes U+FFFD. */
export function damagedByGo(bytes: Uint8Array): string {
  let text = "";
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  for (let start = 0; start < bytes.length;) {
    let step = 1;
    let decoded = "\uFFFD";
    for (const length of [1, 2, 3, 4]) {
      try {
        decoded = decoder.decode(bytes.subarray(start, start + length));
        step = length;
        break;
      } catch {
        // Not a complete character yet, or not a character.
      }
    }
    text += decoded;
    start += step;
  }
  return text;
}
