module eks-irsa-sidecar/tests/conformance/kubevirt

go 1.22.0

require (
	github.com/go-kit/kit v0.13.0
	github.com/go-kit/log v0.2.1
	github.com/go-logfmt/logfmt v0.6.0
	github.com/go-logr/logr v1.4.1
	github.com/gogo/protobuf v1.3.2
	github.com/golang/glog v1.1.0
	github.com/golang/mock v1.6.0
	github.com/golang/protobuf v1.5.4
	github.com/google/gofuzz v1.2.0
	github.com/google/uuid v1.3.1
	github.com/json-iterator/go v1.1.12
	github.com/modern-go/concurrent v0.0.0-20180306012644-bacd9c7ef1dd
	github.com/modern-go/reflect2 v1.0.2
	github.com/openshift/api v0.0.0
	github.com/openshift/custom-resource-status v1.1.2
	github.com/spf13/pflag v1.0.5
	golang.org/x/net v0.24.0
	golang.org/x/sys v0.19.0
	golang.org/x/text v0.14.0
	google.golang.org/genproto/googleapis/rpc v0.0.0-20230822172742-b8732ec3820d
	google.golang.org/grpc v1.58.3
	google.golang.org/protobuf v1.33.0
	gopkg.in/inf.v0 v0.9.1
	gopkg.in/yaml.v2 v2.4.0
	k8s.io/api v0.30.0
	k8s.io/apiextensions-apiserver v0.30.0
	k8s.io/apimachinery v0.30.0
	k8s.io/klog/v2 v2.120.1
	k8s.io/utils v0.0.0-20240423183400-0849a56e8f22
	kubevirt.io/api v1.3.0
	kubevirt.io/client-go v1.3.0
	kubevirt.io/containerized-data-importer-api v1.57.0-alpha1
	kubevirt.io/controller-lifecycle-operator-sdk/api v0.0.0-20220329064328-f3cc58c6ed90
	kubevirt.io/kubevirt v1.3.0
	sigs.k8s.io/json v0.0.0-20221116044647-bc3834ca7abd
	sigs.k8s.io/structured-merge-diff/v4 v4.4.1
	sigs.k8s.io/yaml v1.3.0
)

replace github.com/openshift/api => github.com/openshift/api v0.0.0-20191219222812-2987a591a72c
