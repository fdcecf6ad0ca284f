// Runs KubeVirt's own pipeline of domain hooks from Plugins on a domain that a hook sidecar returned, as virt-launcher
// does (kubevirt/kubevirt pkg/virt-launcher/virtwrap/util/libvirt_helper.go, SetDomainSpecStrWithHooks).
//
// The argument is a JSON object, {"plugins": [...], "vmi": {...}, "domain": "<domain>...</domain>"}. Standard output is
// the domain that virt-launcher defines.
package main

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"

	v1 "kubevirt.io/api/core/v1"
	pluginv1 "kubevirt.io/api/plugin/v1alpha1"

	"kubevirt.io/kubevirt/pkg/virt-launcher/virtwrap/api"
	"kubevirt.io/kubevirt/pkg/virt-launcher/virtwrap/plugins"
)

type question struct {
	Plugins []pluginv1.Plugin          `json:"plugins"`
	VMI     *v1.VirtualMachineInstance `json:"vmi"`
	Domain  string                     `json:"domain"`
}

func main() {
	defined, err := define()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Print(defined)
}

func define() (string, error) {
	var asked question
	if err := json.Unmarshal([]byte(os.Args[1]), &asked); err != nil {
		return "", fmt.Errorf("the question: %w", err)
	}
	// Without a Plugin, virt-launcher defines the hook sidecar's text as it is.
	if len(asked.Plugins) == 0 {
		return asked.Domain, nil
	}
	spec := &api.DomainSpec{}
	if err := xml.Unmarshal([]byte(asked.Domain), spec); err != nil {
		return "", fmt.Errorf("the domain: %w", err)
	}
	_, defined, err := plugins.ApplyDomainHooks(asked.Plugins, asked.VMI, spec, pluginv1.InvocationContextBoot)
	return defined, err
}
