package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// How often memory is looked at while calls run.
const sampleInterval = 500 * time.Microsecond

// Memory is what a sidecar holds, with the processes that it has started.
type Memory struct {
	AnonymousKiB int `json:"anonymousKiB"`
	FileKiB      int `json:"fileKiB"`
}

// Memory looks once.
func (s *Sidecar) Memory() (Memory, error) {
	memory, err := memoryOf(s.process.Process.Pid)
	if err != nil {
		return memory, err
	}
	for _, child := range childrenOf(s.process.Process.Pid) {
		// A child may be gone by now.
		if of, err := memoryOf(child); err == nil {
			memory.AnonymousKiB += of.AnonymousKiB
			memory.FileKiB += of.FileKiB
		}
	}
	return memory, nil
}

func memoryOf(pid int) (Memory, error) {
	var memory Memory
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return memory, err
	}
	for _, line := range strings.Split(string(status), "\n") {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "RssAnon":
			fmt.Sscanf(value, "%d kB", &memory.AnonymousKiB)
		case "RssFile":
			fmt.Sscanf(value, "%d kB", &memory.FileKiB)
		}
	}
	return memory, nil
}

// processorTime is what the threads of a process have used (Documentation/scheduler/sched-stats.rst).
func processorTime(pid int) float64 {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	total := 0
	for _, thread := range threads {
		content, err := os.ReadFile(thread)
		if err != nil {
			continue
		}
		var nanoseconds int
		if _, err := fmt.Sscanf(string(content), "%d", &nanoseconds); err == nil {
			total += nanoseconds
		}
	}
	return float64(total/1000) / 1000
}

func childrenOf(pid int) []int {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	var children []int
	for _, list := range lists {
		content, err := os.ReadFile(list)
		if err != nil {
			continue
		}
		for _, field := range strings.Fields(string(content)) {
			var child int
			if _, err := fmt.Sscanf(field, "%d", &child); err == nil {
				children = append(children, child)
			}
		}
	}
	return children
}

// Sampler keeps the highest memory seen.
type Sampler struct {
	stop chan struct{}
	done sync.WaitGroup
	peak Memory
}

// SampleMemory looks again and again until Peak is called.
func (s *Sidecar) SampleMemory() *Sampler {
	sampler := &Sampler{stop: make(chan struct{})}
	sampler.done.Add(1)
	go func() {
		defer sampler.done.Done()
		for {
			if memory, err := s.Memory(); err == nil {
				sampler.peak.AnonymousKiB = max(sampler.peak.AnonymousKiB, memory.AnonymousKiB)
				sampler.peak.FileKiB = max(sampler.peak.FileKiB, memory.FileKiB)
			}
			select {
			case <-sampler.stop:
				return
			case <-time.After(sampleInterval):
			}
		}
	}()
	return sampler
}

// Peak stops the sampling and says what was the most.
func (s *Sampler) Peak() Memory {
	close(s.stop)
	s.done.Wait()
	return s.peak
}
