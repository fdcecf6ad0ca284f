package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"

	hooksInfo "kubevirt.io/kubevirt/pkg/hooks/info"
)

// Where virt-launcher looks for sockets (pkg/hooks/hooks.go).
const hookFolder = "/var/run/kubevirt-hooks"

// How often the folder is looked at.
const pollInterval = 250 * time.Microsecond

// Sidecar is a hook sidecar that runs as a process of its own.
type Sidecar struct {
	Socket   string
	SocketMs float64
	InfoMs   float64
	// CPUMs is the processor time spent until the answer of Info. Other work on the machine hardly moves it.
	CPUMs float64
	// shellCPUMs is the processor time of the shell that became the sidecar.
	shellCPUMs float64
	process    *exec.Cmd
	stderr     bytes.Buffer
	ended      chan error
}

// Start runs a command in control groups and waits for its first good answer to Info. The clock starts
// when the command is executed, and not when the process that enters the control groups is made.
func Start(command []string, env map[string]string, cgroups []string) (*Sidecar, error) {
	if err := emptyHookFolder(); err != nil {
		return nil, err
	}
	script := "read go; exec \"$@\""
	for _, procs := range cgroups {
		script = fmt.Sprintf("echo $$ > %s; ", procs) + script
	}
	s := &Sidecar{ended: make(chan error, 1)}
	s.process = exec.Command("/bin/sh", append([]string{"-c", script, "sh"}, command...)...)
	s.process.Env = []string{}
	for name, value := range env {
		s.process.Env = append(s.process.Env, name+"="+value)
	}
	s.process.Stderr = &s.stderr
	starter, err := s.process.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	go func() { s.ended <- s.process.Wait() }()
	// The shell is loaded and waits by then.
	time.Sleep(20 * time.Millisecond)

	s.shellCPUMs = processorTime(s.process.Process.Pid)
	begin := time.Now()
	if _, err := io.WriteString(starter, "go\n"); err != nil {
		return nil, err
	}
	if err := s.awaitSocket(begin); err != nil {
		s.process.Process.Kill()
		return nil, err
	}
	if err := s.awaitInfo(begin); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

func (s *Sidecar) awaitSocket(begin time.Time) error {
	for {
		entries, err := os.ReadDir(hookFolder)
		if err != nil {
			return err
		}
		if len(entries) > 0 {
			s.SocketMs = milliseconds(begin)
			s.Socket = filepath.Join(hookFolder, entries[0].Name())
			return nil
		}
		select {
		case err := <-s.ended:
			return fmt.Errorf("the sidecar ended before it listened (%v): %s", err, s.stderr.String())
		case <-time.After(pollInterval):
		}
		if time.Since(begin) > patience {
			return errors.New("the sidecar did not listen in time")
		}
	}
}

// awaitInfo calls Info once. Unlike virt-launcher it dials again at once when the socket does not accept yet,
// so that the time is the sidecar's and not that of grpc-go's backoff.
func (s *Sidecar) awaitInfo(begin time.Time) error {
	connection, err := grpc.NewClient("passthrough:///"+s.Socket,
		grpc.WithAuthority("localhost"),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, path string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		}),
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff:           backoff.Config{BaseDelay: time.Millisecond, Multiplier: 1, MaxDelay: time.Millisecond},
			MinConnectTimeout: patience,
		}),
	)
	if err != nil {
		return err
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	info, err := hooksInfo.NewInfoClient(connection).Info(ctx, &hooksInfo.InfoParams{}, grpc.WaitForReady(true))
	s.InfoMs = milliseconds(begin)
	s.CPUMs = processorTime(s.process.Process.Pid) - s.shellCPUMs
	if err != nil {
		return fmt.Errorf("Info failed after %.0f ms: %w: %s", s.InfoMs, err, s.stderr.String())
	}
	if info.GetName() == "" {
		return errors.New("the answer of Info names no sidecar")
	}
	return nil
}

// Stop kills the sidecar, and says how much processor time it has used in its life, with the processes that
// it has started and waited for. Its shutdown is not part of it.
func (s *Sidecar) Stop() (float64, error) {
	select {
	case err := <-s.ended:
		return 0, fmt.Errorf("the sidecar ended by itself (%v): %s", err, s.stderr.String())
	default:
	}
	if err := s.process.Process.Kill(); err != nil {
		return 0, err
	}
	<-s.ended
	// wait4(2) counts the children that were waited for.
	state := s.process.ProcessState
	used := state.UserTime() + state.SystemTime()
	return float64(used.Microseconds())/1000 - s.shellCPUMs, nil
}

func emptyHookFolder() error {
	entries, err := os.ReadDir(hookFolder)
	for _, entry := range entries {
		if err := os.RemoveAll(filepath.Join(hookFolder, entry.Name())); err != nil {
			return err
		}
	}
	return err
}
