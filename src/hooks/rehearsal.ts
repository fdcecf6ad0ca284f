/** The fields of a VM's start, as virt-launcher would send them. */
const encoder = new TextEncoder();

const VMI = {
  metadata: { name: "rehearsal", namespace: "rehearsal" },
  spec: { volumes: [{ name: "cloudinit", cloudInitNoCloud: { userData: "#cloud-config\n" } }] },
};

const CLOUD_INIT_DATA = {
  DataSource: "noCloud",
  NoCloudMetaData: { "instance-id": "rehearsal", "local-hostname": "rehearsal" },
  ConfigDriveMetaData: null,
  UserData: "#cloud-config\n",
  NetworkData: "",
  DevicesData: null,
  VolumeName: "cloudinit",
};

const DOMAIN = `<domain type="kvm">
  <name>rehearsal</name>
  <memory unit="b">1</memory>
  <devices>
    <disk type="block"><source dev="/dev/null"></source></disk>
  </devices>
</domain>
`;

/** The parameters of the hooks for a VM that does not exist. */
export const REHEARSAL = {
  vmi: encoder.encode(JSON.stringify(VMI)),
  cloudInitData: encoder.encode(JSON.stringify(CLOUD_INIT_DATA)),
  cloudInitNoCloudSource: encoder.encode(JSON.stringify({ userData: "#cloud-config\n" })),
  domainXML: encoder.encode(DOMAIN),
};
