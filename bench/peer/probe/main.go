// Starts a hook sidecar, calls it as virt-launcher does (with KubeVirt's own dial function and generated
// client, a new connection for every call), and measures. A command is a line of JSON on standard
// input, its answer a line of JSON on standard output. Times are milliseconds, memory is KiB.
//
//	{"do": "start", "command": ["..."], "env": {...}, "cgroups": ["/sys/fs/cgroup/.../cgroup.procs"]}
//	{"do": "call", "hook": "preCloudInitIso", "input": {"vmi": "/file", ...}, "times": 20}
//	{"do": "memory"}
//	{"do": "stop"}
//
// The hook folder is a constant of KubeVirt's, so the probe expects a mount namespace of its own with an
// empty folder there.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

// Input names the files that hold the fields of a call.
type Input struct {
	VMI                    string `json:"vmi"`
	DomainXML              string `json:"domainXml"`
	CloudInitData          string `json:"cloudInitData"`
	CloudInitNoCloudSource string `json:"cloudInitNoCloudSource"`
}

type command struct {
	Do      string            `json:"do"`
	Command []string          `json:"command"`
	Env     map[string]string `json:"env"`
	Cgroups []string          `json:"cgroups"`
	Hook    string            `json:"hook"`
	Input   Input             `json:"input"`
	Times   int               `json:"times"`
	// SampleMemory follows the memory while the calls run. It costs time, so times and memory are
	// not measured in one go.
	SampleMemory bool `json:"sampleMemory"`
}

type answer struct {
	Error string `json:"error,omitempty"`
	// Of start: from exec to the socket's appearance and to the answer of Info.
	SocketMs float64 `json:"socketMs,omitempty"`
	InfoMs   float64 `json:"infoMs,omitempty"`
	// Of start: the processor time until the answer of Info. Of stop: that of the sidecar's whole life.
	CPUMs float64 `json:"cpuMs,omitempty"`
	// Of call.
	CallsMs       []float64 `json:"callsMs,omitempty"`
	ResponseBytes int       `json:"responseBytes,omitempty"`
	// Of memory and of call with sampleMemory (the peak).
	Memory *Memory `json:"memory,omitempty"`
}

func main() {
	// Requests name files, so lines are short.
	lines := bufio.NewScanner(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	var sidecar *Sidecar
	for lines.Scan() {
		var c command
		var a answer
		err := json.Unmarshal(lines.Bytes(), &c)
		if err == nil {
			a, err = run(c, &sidecar)
		}
		if err != nil {
			a.Error = err.Error()
		}
		if err := answers.Encode(a); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if sidecar != nil {
		sidecar.Stop()
	}
}

func run(c command, sidecar **Sidecar) (answer, error) {
	if c.Do == "start" {
		if *sidecar != nil {
			return answer{}, errors.New("a sidecar runs already")
		}
		started, err := Start(c.Command, c.Env, c.Cgroups)
		if err != nil {
			return answer{}, err
		}
		*sidecar = started
		return answer{SocketMs: started.SocketMs, InfoMs: started.InfoMs, CPUMs: started.CPUMs}, nil
	}
	if *sidecar == nil {
		return answer{}, errors.New("no sidecar runs")
	}
	switch c.Do {
	case "call":
		return call(*sidecar, c)
	case "memory":
		memory, err := (*sidecar).Memory()
		return answer{Memory: &memory}, err
	case "stop":
		stopped := *sidecar
		*sidecar = nil
		cpu, err := stopped.Stop()
		return answer{CPUMs: cpu}, err
	}
	return answer{}, fmt.Errorf("unknown command %q", c.Do)
}

func call(sidecar *Sidecar, c command) (answer, error) {
	request, err := readRequest(c.Input)
	if err != nil {
		return answer{}, err
	}
	var sampler *Sampler
	if c.SampleMemory {
		sampler = sidecar.SampleMemory()
	}
	var a answer
	for range c.Times {
		var milliseconds float64
		milliseconds, a.ResponseBytes, err = callHook(sidecar.Socket, c.Hook, request)
		if err != nil {
			break
		}
		a.CallsMs = append(a.CallsMs, milliseconds)
	}
	if sampler != nil {
		peak := sampler.Peak()
		a.Memory = &peak
	}
	return a, err
}
