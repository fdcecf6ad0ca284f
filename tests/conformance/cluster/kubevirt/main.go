// KubeVirt's virt-api and virt-controller, and what its virt-operator and virt-launcher do for them, as
// one program, so that a cluster without nodes can admit a VM and create its pod:
//
//	kubevirt virt-api FLAGS            the webhooks and subresources, as released
//	kubevirt virt-controller FLAGS     the controllers, as released
//	kubevirt objects URL CA-FILE       what virt-operator installs, see objects.go
//	kubevirt domain ARCHITECTURE FILE  the domain of the VMI in a file, see domain.go
package main

import (
	"fmt"
	"os"

	"kubevirt.io/client-go/log"

	"kubevirt.io/kubevirt/pkg/service"
	virt_api "kubevirt.io/kubevirt/pkg/virt-api"
	"kubevirt.io/kubevirt/pkg/virt-controller/watch"
)

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("which program? virt-api, virt-controller, objects or domain"))
	}
	// Each program reads os.Args by itself.
	os.Args = os.Args[1:]
	switch os.Args[0] {
	case "virt-api":
		log.InitializeLogging("virt-api")
		app := virt_api.NewVirtApi()
		service.Setup(app)
		app.Execute()
	case "virt-controller":
		watch.Execute()
	case "objects":
		fail(writeObjects(os.Stdout, os.Args[1], os.Args[2]))
	case "domain":
		fail(writeDomain(os.Stdout, os.Args[1], os.Args[2]))
	default:
		fail(fmt.Errorf("unknown program %q", os.Args[0]))
	}
}

// fail ends the program with an error, if there is one.
func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
