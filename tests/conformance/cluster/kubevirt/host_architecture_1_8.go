//go:build kubevirt1_8

package main

import convertertypes "kubevirt.io/kubevirt/pkg/virt-launcher/virtwrap/converter/types"

// KubeVirt 1.8 knows no other architecture than the node's.
func setHostArchitecture(*convertertypes.ConverterContext, string) {}
