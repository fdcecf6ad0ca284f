package main

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"os"

	v1 "kubevirt.io/api/core/v1"

	ephemeraldisk "kubevirt.io/kubevirt/pkg/ephemeral-disk"
	osdisk "kubevirt.io/kubevirt/pkg/os/disk"
	"kubevirt.io/kubevirt/pkg/virt-launcher/virtwrap/api"
	"kubevirt.io/kubevirt/pkg/virt-launcher/virtwrap/converter"
	"kubevirt.io/kubevirt/pkg/virt-launcher/virtwrap/converter/arch"
	convertertypes "kubevirt.io/kubevirt/pkg/virt-launcher/virtwrap/converter/types"
)

// writeDomain converts a VMI to a domain as virt-launcher does (pkg/virt-launcher/virtwrap/manager.go:
// SyncVMI, generateConverterContext), on a node without KVM. What virt-launcher would find on the node is
// given: container disks are qcow2 images, and every interface is a tap device.
func writeDomain(to io.Writer, architecture, vmiFile string) error {
	text, err := os.ReadFile(vmiFile)
	if err != nil {
		return err
	}
	vmi := &v1.VirtualMachineInstance{}
	if err := json.Unmarshal(text, vmi); err != nil {
		return err
	}
	disks := map[string]*osdisk.DiskInfo{}
	for _, volume := range vmi.Spec.Volumes {
		if volume.ContainerDisk != nil {
			disks[volume.Name] = &osdisk.DiskInfo{Format: "qcow2", BackingFile: "", ActualSize: 1 << 30, VirtualSize: 1 << 30}
		}
	}
	attachments := map[string]string{}
	for _, iface := range vmi.Spec.Domain.Devices.Interfaces {
		attachments[iface.Name] = string(v1.Tap)
	}
	permanent := map[string]v1.VolumeStatus{}
	for _, status := range vmi.Status.VolumeStatus {
		permanent[status.Name] = status
	}
	context := &convertertypes.ConverterContext{
		Architecture:                    arch.NewConverter(architecture),
		VirtualMachine:                  vmi,
		AllowEmulation:                  true,
		PermanentVolumes:                permanent,
		DisksInfo:                       disks,
		EphemeraldiskCreator:            noDisks{},
		DomainAttachmentByInterfaceName: attachments,
		FreePageReporting:               true,
		SerialConsoleLog:                true,
		HypervisorName:                  v1.KvmHypervisorName,
	}
	setHostArchitecture(context, architecture)
	domain := &api.Domain{}
	if err := converter.Convert_v1_VirtualMachineInstance_To_api_Domain(vmi, domain, context); err != nil {
		return err
	}
	api.NewDefaulter(architecture).SetObjectDefaults_Domain(domain)
	text, err = xml.MarshalIndent(&domain.Spec, "", "  ")
	if err != nil {
		return err
	}
	_, err = to.Write(append(text, '\n'))
	return err
}

// noDisks creates no disk: nothing is started here.
type noDisks struct{}

func (noDisks) CreateBackedImageForVolume(v1.Volume, string, string) error          { return nil }
func (noDisks) CreateEphemeralImages(*v1.VirtualMachineInstance, *api.Domain) error { return nil }
func (noDisks) GetFilePath(volumeName string) string {
	return "/var/run/kubevirt-ephemeral-disks/disk-data/" + volumeName + "/disk.qcow2"
}
func (noDisks) Init() error { return nil }

var _ ephemeraldisk.EphemeralDiskCreatorInterface = noDisks{}
