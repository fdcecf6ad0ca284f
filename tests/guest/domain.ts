const EVENTS = ["stat_runtime", "process_fork", "process_exec", "process_exit"];

// Debian's package ovmf. KubeVirt's converter names such files of its launcher's image.
const UEFI = "/usr/share/OVMF/OVMF_CODE_4M.fd";
const UEFI_VARIABLES = "/usr/share/OVMF/OVMF_VARS_4M.fd";

/** The files of this machine from which a domain is made. */
export interface DomainParts {
  readonly name: string;
  readonly uuid: string;
  readonly kernel: string;
  readonly initrd: string;
  /** Additions to the kernel's command line. */
  readonly kernelWords: readonly string[];
  /** A qcow2 file. */
  readonly disk: string;
  /** The owner's second disk, a qcow2 file too. */
  readonly dataDisk: string;
  /** Absent for a VM without a cloud-init volume. */
  readonly cloudInitIso?: string;
  /** The file of UEFI's variables, for a VM that starts by UEFI. */
  readonly nvram?: string;
  /** Where the serial console's output is kept. */
  readonly consoleLog: string;
  /** The pod's tap device of an interface that is bound by masquerade. Without it the guest has no network. */
  readonly tap?: string;
  /** KubeVirt's own virtiofs filesystem, for a containerPath volume. */
  readonly filesystem?: { readonly tag: string; readonly socket: string };
}

/**
 * The domain as KubeVirt's converter writes it for a VMI like the rig's (element order, smbios,
 * attribute spelling), but with an emulated CPU and a kernel given directly. cloud-init does not configure the network.
 * Without a tap device, that is QEMU's user network with its link down: the device is there only for its place on the bus.
 */
export function domainXml(parts: DomainParts): string {
  const words = [
    "root=/dev/vda",
    "rw",
    "console=ttyS0",
    "mitigations=off",
    "network-config=disabled",
    // What checks/boot_cost.py reads: which process ran for how long.
    `trace_event=${EVENTS.map((name) => `sched:sched_${name}`).join(",")}`,
    "trace_buf_size=16M",
    ...parts.kernelWords,
  ];
  const filesystem = parts.filesystem === undefined ? "" : `
    <filesystem type="mount" accessmode="passthrough">
      <source socket="${parts.filesystem.socket}"></source>
      <target dir="${parts.filesystem.tag}"></target>
      <driver type="virtiofs" queue="1024"></driver>
    </filesystem>`;
  const memoryBacking = parts.filesystem === undefined ? "" : `
  <memoryBacking>
    <source type="memfd"></source>
    <access mode="shared"></access>
  </memoryBacking>`;
  const network = parts.tap === undefined
    ? { type: "user", source: "<source></source>", link: `\n      <link state="down"></link>` }
    : { type: "ethernet", source: `<target dev="${parts.tap}" managed="no"></target>`, link: "" };
  const loader = parts.nvram === undefined ? "" : `
    <loader readonly="yes" secure="no" type="pflash">${UEFI}</loader>
    <nvram template="${UEFI_VARIABLES}">${parts.nvram}</nvram>`;
  const cloudInitDisk = parts.cloudInitIso === undefined ? "" : `
    <disk device="disk" type="file" model="virtio-non-transitional">
      <source file="${parts.cloudInitIso}"></source>
      <target bus="virtio" dev="vdb"></target>
      <driver cache="unsafe" error_policy="stop" name="qemu" type="raw" discard="unmap"></driver>
      <alias name="ua-cloudinit"></alias>
    </disk>`;
  return `<domain type="qemu" xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0">
  <name>${parts.name}</name>
  <memory unit="b">805306368</memory>
  <os>
    <type arch="x86_64" machine="q35">hvm</type>
    <smbios mode="sysinfo"></smbios>${loader}
    <kernel>${parts.kernel}</kernel>
    <initrd>${parts.initrd}</initrd>
    <cmdline>${words.join(" ")}</cmdline>
  </os>
  <sysinfo type="smbios">
    <system>
      <entry name="uuid">${parts.uuid}</entry>
      <entry name="manufacturer">KubeVirt</entry>
      <entry name="family">KubeVirt</entry>
      <entry name="product">None</entry>
      <entry name="sku"></entry>
      <entry name="version"></entry>
    </system>
    <bios></bios>
    <baseBoard></baseBoard>
    <chassis></chassis>
  </sysinfo>
  <devices>
    <interface type="${network.type}">
      ${network.source}
      <model type="virtio-non-transitional"></model>
      <mac address="02:00:00:00:00:01"></mac>${network.link}
      <alias name="ua-default"></alias>
      <rom enabled="no"></rom>
    </interface>
    <channel type="unix">
      <target name="org.qemu.guest_agent.0" type="virtio"></target>
    </channel>
    <controller type="usb" index="0" model="none"></controller>
    <controller type="virtio-serial" index="0" model="virtio-non-transitional"></controller>
    <controller type="pci" index="0" model="pcie-root"></controller>
    <memballoon model="virtio-non-transitional" freePageReporting="on"></memballoon>
    <disk device="disk" type="file" model="virtio-non-transitional">
      <source file="${parts.disk}"></source>
      <target bus="virtio" dev="vda"></target>
      <driver cache="unsafe" error_policy="stop" name="qemu" type="qcow2" discard="unmap"></driver>
      <alias name="ua-root"></alias>
    </disk>${cloudInitDisk}
    <disk device="disk" type="file" model="virtio-non-transitional">
      <source file="${parts.dataDisk}"></source>
      <target bus="virtio" dev="${parts.cloudInitIso === undefined ? "vdb" : "vdc"}"></target>
      <driver cache="unsafe" error_policy="stop" name="qemu" type="qcow2" discard="unmap"></driver>
      <alias name="ua-data"></alias>
    </disk>
    <serial type="file">
      <source path="${parts.consoleLog}" append="on"></source>
      <target port="0"></target>
    </serial>
    <rng model="virtio-non-transitional">
      <backend model="random">/dev/urandom</backend>
    </rng>${filesystem}
  </devices>
  <clock offset="utc" adjustment="reset">
    <timer name="rtc" tickpolicy="catchup" present="yes" track="guest"></timer>
    <timer name="pit" tickpolicy="discard" present="no"></timer>
    <timer name="hpet" tickpolicy="delay" present="no"></timer>
  </clock>
  <metadata>
    <kubevirt xmlns="http://kubevirt.io">
      <uid>${parts.uuid}</uid>
    </kubevirt>
  </metadata>
  <features>
    <acpi></acpi>
    <apic></apic>
    <tcg>
      <tb-cache unit="MiB">256</tb-cache>
    </tcg>
  </features>
  <cpu mode="custom" match="exact" check="none">
    <model fallback="forbid">qemu64</model>
    <topology sockets="1" cores="1" threads="1"></topology>
  </cpu>
  <vcpu placement="static">1</vcpu>${memoryBacking}
</domain>
`;
}
