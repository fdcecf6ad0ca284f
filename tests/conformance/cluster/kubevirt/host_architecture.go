//go:build !kubevirt1_8

package main

import convertertypes "kubevirt.io/kubevirt/pkg/virt-launcher/virtwrap/converter/types"

func setHostArchitecture(context *convertertypes.ConverterContext, architecture string) {
	context.HostArchitecture = architecture
}
