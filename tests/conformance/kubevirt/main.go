// Runs KubeVirt's own hook manager, so that the manager and not a client of ours judges the sidecar.
//
// A command is a line of JSON on standard input, its answer a line of JSON on standard output:
//
//	{"do": "collect", "sidecars": 1, "timeoutSeconds": 20}
//	{"do": "preCloudInitIso", "vmi": {...}}
//	{"do": "onDefineDomain", "vmi": {...}, "domain": "<domain>...</domain>"}
//	{"do": "shutdown"}
//
// The manager is a singleton with a fixed directory, so one process serves one virt-launcher's life.
package main

import (
	"bufio"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"os"
	"time"

	v1 "kubevirt.io/api/core/v1"

	cloudinit "kubevirt.io/kubevirt/pkg/cloud-init"
	"kubevirt.io/kubevirt/pkg/hooks"
	"kubevirt.io/kubevirt/pkg/virt-launcher/virtwrap/api"
)

const longestCommand = 64 << 20

type command struct {
	Do             string                     `json:"do"`
	Sidecars       uint                       `json:"sidecars"`
	TimeoutSeconds uint                       `json:"timeoutSeconds"`
	VMI            *v1.VirtualMachineInstance `json:"vmi"`
	Domain         string                     `json:"domain"`
}

type answer struct {
	Error string `json:"error,omitempty"`

	// Of preCloudInitIso. The user data are bytes, so they travel as base64.
	Before         *cloudinit.CloudInitData `json:"before,omitempty"`
	After          *cloudinit.CloudInitData `json:"after,omitempty"`
	UserDataBefore []byte                   `json:"userDataBefore,omitempty"`
	UserDataAfter  []byte                   `json:"userDataAfter,omitempty"`
	Valid          bool                     `json:"valid"`

	// Of onDefineDomain.
	SentDomain      string                 `json:"sentDomain,omitempty"`
	Domain          string                 `json:"domain,omitempty"`
	SentFilesystems []api.FilesystemDevice `json:"sentFilesystems"`
	Filesystems     []api.FilesystemDevice `json:"filesystems"`
	// The parsed domain that came back, and the one that was sent with its memory shared; both as
	// XML, and without the file systems of the one that came back.
	Rest         string `json:"rest,omitempty"`
	ExpectedRest string `json:"expectedRest,omitempty"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, longestCommand)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked command
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fmt.Fprintln(os.Stderr, "not a command:", err)
			os.Exit(2)
		}
		given, err := carryOut(asked)
		if err != nil {
			given.Error = err.Error()
		}
		if err := answers.Encode(given); err != nil {
			fmt.Fprintln(os.Stderr, "cannot answer:", err)
			os.Exit(2)
		}
	}
}

func carryOut(asked command) (answer, error) {
	manager := hooks.GetManager()
	switch asked.Do {
	case "collect":
		return answer{}, manager.Collect(asked.Sidecars, time.Duration(asked.TimeoutSeconds)*time.Second)
	case "preCloudInitIso":
		return preCloudInitIso(manager, asked.VMI)
	case "onDefineDomain":
		return onDefineDomain(manager, asked.VMI, asked.Domain)
	case "shutdown":
		return answer{}, manager.Shutdown()
	}
	return answer{}, fmt.Errorf("unknown command %q", asked.Do)
}

// preCloudInitIso reads the cloud-init volume as virt-launcher does, then asks the sidecars.
func preCloudInitIso(manager hooks.Manager, vmi *v1.VirtualMachineInstance) (answer, error) {
	before, err := cloudinit.ReadCloudInitVolumeDataSource(vmi, "")
	if err != nil {
		return answer{}, err
	}
	given := answer{Before: before}
	if before != nil {
		given.UserDataBefore = []byte(before.UserData)
	}
	after, err := manager.PreCloudInitIso(vmi, before)
	if err != nil {
		return given, err
	}
	given.After = after
	given.Valid = cloudinit.IsValidCloudInitData(after)
	if after != nil {
		given.UserDataAfter = []byte(after.UserData)
	}
	return given, nil
}

func onDefineDomain(manager hooks.Manager, vmi *v1.VirtualMachineInstance, domain string) (answer, error) {
	spec, err := parse(domain)
	if err != nil {
		return answer{}, fmt.Errorf("the domain of the case: %w", err)
	}
	sent, err := write(spec)
	if err != nil {
		return answer{}, err
	}
	given := answer{SentDomain: sent, SentFilesystems: spec.Devices.Filesystems}
	if given.Domain, err = manager.OnDefineDomain(spec, vmi); err != nil {
		return given, err
	}
	after, err := parse(given.Domain)
	if err != nil {
		return given, fmt.Errorf("the domain that came back: %w", err)
	}
	given.Filesystems = after.Devices.Filesystems

	expected, err := parse(sent)
	if err != nil {
		return given, err
	}
	shareMemory(expected)
	after.Devices.Filesystems = expected.Devices.Filesystems
	if given.Rest, err = write(after); err != nil {
		return given, err
	}
	given.ExpectedRest, err = write(expected)
	return given, err
}

// shareMemory does to a domain's memory what a virtiofs device needs, and nothing else: hugepages and
// a backing by files stay.
func shareMemory(spec *api.DomainSpec) {
	if spec.MemoryBacking == nil {
		spec.MemoryBacking = &api.MemoryBacking{}
	}
	backing := spec.MemoryBacking
	if backing.Source == nil || backing.Source.Type == "anonymous" {
		backing.Source = &api.MemoryBackingSource{Type: "memfd"}
	}
	backing.Access = &api.MemoryBackingAccess{Mode: "shared"}
	if spec.CPU.NUMA != nil {
		for index := range spec.CPU.NUMA.Cells {
			if cell := &spec.CPU.NUMA.Cells[index]; cell.MemoryAccess == "private" {
				cell.MemoryAccess = "shared"
			}
		}
	}
}

func parse(domain string) (*api.DomainSpec, error) {
	spec := &api.DomainSpec{}
	return spec, xml.Unmarshal([]byte(domain), spec)
}

func write(spec *api.DomainSpec) (string, error) {
	text, err := xml.MarshalIndent(spec, "", "\t")
	return string(text), err
}
