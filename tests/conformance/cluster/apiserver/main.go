// etcd, kube-apiserver and kubectl as one program, and the keys that they need:
//
//	control-plane etcd FLAGS
//	control-plane kube-apiserver FLAGS
//	control-plane kubectl ARGS
//	control-plane keys FOLDER           see keys.go
package main

import (
	"fmt"
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("which program? etcd, kube-apiserver, kubectl or keys"))
	}
	// Each program reads os.Args by itself.
	os.Args = os.Args[1:]
	switch os.Args[0] {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kubectl":
		os.Exit(cli.Run(kubectl.NewDefaultKubectlCommand()))
	case "keys":
		fail(writeKeys(os.Args[1]))
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
