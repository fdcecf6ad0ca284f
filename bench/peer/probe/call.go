package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"

	hooksInfo "kubevirt.io/kubevirt/pkg/hooks/info"
	hooks "kubevirt.io/kubevirt/pkg/hooks/v1alpha3"
	grpcutil "kubevirt.io/kubevirt/pkg/util/net/grpc"
)

// The deadlines of pkg/hooks/manager.go.
const (
	infoDeadline = time.Second
	callDeadline = time.Minute
)

// A starved sidecar is still measured when virt-launcher would have given up on it.
const patience = 30 * time.Second

type request struct {
	vmi, domainXML, cloudInitData, cloudInitNoCloudSource []byte
}

func readRequest(input Input) (request, error) {
	var r request
	for _, field := range []struct {
		path  string
		bytes *[]byte
	}{
		{input.VMI, &r.vmi},
		{input.DomainXML, &r.domainXML},
		{input.CloudInitData, &r.cloudInitData},
		{input.CloudInitNoCloudSource, &r.cloudInitNoCloudSource},
	} {
		if field.path == "" {
			continue
		}
		bytes, err := os.ReadFile(field.path)
		if err != nil {
			return r, err
		}
		*field.bytes = bytes
	}
	return r, nil
}

// callHook dials, calls one hook and hangs up, and says how long that took and how long the result is.
func callHook(socket, hook string, r request) (float64, int, error) {
	begin := time.Now()
	connection, err := grpcutil.DialSocketWithTimeout(socket, 1)
	if err != nil {
		return 0, 0, err
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), callDeadline)
	defer cancel()
	size, err := invoke(ctx, connection, hook, r)
	return milliseconds(begin), size, err
}

func invoke(ctx context.Context, connection *grpc.ClientConn, hook string, r request) (int, error) {
	callbacks := hooks.NewCallbacksClient(connection)
	switch hook {
	case "info":
		info, err := hooksInfo.NewInfoClient(connection).Info(ctx, &hooksInfo.InfoParams{})
		return len(info.GetName()), err
	case "onDefineDomain":
		result, err := callbacks.OnDefineDomain(ctx, &hooks.OnDefineDomainParams{
			DomainXML: r.domainXML,
			Vmi:       r.vmi,
		})
		return len(result.GetDomainXML()), err
	case "preCloudInitIso":
		result, err := callbacks.PreCloudInitIso(ctx, &hooks.PreCloudInitIsoParams{
			CloudInitData:          r.cloudInitData,
			CloudInitNoCloudSource: r.cloudInitNoCloudSource,
			Vmi:                    r.vmi,
		})
		return len(result.GetCloudInitData()) + len(result.GetCloudInitNoCloudSource()), err
	}
	return 0, fmt.Errorf("unknown hook %q", hook)
}

func milliseconds(since time.Time) float64 {
	return float64(time.Since(since).Microseconds()) / 1000
}
