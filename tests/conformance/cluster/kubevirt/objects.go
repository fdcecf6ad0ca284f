package main

import (
	"encoding/json"
	"io"
	"os"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	v1 "kubevirt.io/api/core/v1"

	"kubevirt.io/kubevirt/pkg/virt-operator/resource/generate/components"
	"kubevirt.io/kubevirt/pkg/virt-operator/resource/generate/install"
	operatorutil "kubevirt.io/kubevirt/pkg/virt-operator/util"
)

const namespace = "kubevirt"

// installed is what virt-operator installs, apart from what runs on nodes.
type installed struct {
	CRDs []any `json:"crds"`
	RBAC []any `json:"rbac"`
	// The webhooks, with the URL of a virt-api outside the cluster instead of its Service.
	Webhooks []any `json:"webhooks"`
	// The common instance types and preferences. virt-api has to admit them.
	InstanceTypes []any `json:"instanceTypes"`
}

// writeObjects writes virt-operator's own objects as JSON.
func writeObjects(to io.Writer, virtAPI, caFile string) error {
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return err
	}
	config := operatorutil.GetTargetConfigFromKV(&v1.KubeVirt{})
	config.Namespace = namespace
	strategy, err := install.GenerateCurrentInstallStrategy(config, "", namespace)
	if err != nil {
		return err
	}
	kubevirt, err := components.NewKubeVirtCrd()
	if err != nil {
		return err
	}
	objects := installed{CRDs: append(anyOf(strategy.CRDs()), kubevirt)}
	for _, list := range [][]any{
		anyOf(strategy.ServiceAccounts()), anyOf(strategy.ClusterRoles()), anyOf(strategy.ClusterRoleBindings()),
		anyOf(strategy.Roles()), anyOf(strategy.RoleBindings()),
	} {
		objects.RBAC = append(objects.RBAC, list...)
	}
	reach := func(config *admissionregistrationv1.WebhookClientConfig) {
		url := virtAPI + *config.Service.Path
		config.Service, config.URL, config.CABundle = nil, &url, ca
	}
	for _, configuration := range strategy.MutatingWebhookConfigurations() {
		for index := range configuration.Webhooks {
			reach(&configuration.Webhooks[index].ClientConfig)
		}
		objects.Webhooks = append(objects.Webhooks, configuration)
	}
	for _, configuration := range strategy.ValidatingWebhookConfigurations() {
		if configuration.Name == components.KubeVirtOperatorValidatingWebhookName {
			continue // virt-operator itself answers it
		}
		for index := range configuration.Webhooks {
			reach(&configuration.Webhooks[index].ClientConfig)
		}
		objects.Webhooks = append(objects.Webhooks, configuration)
	}
	objects.InstanceTypes = append(anyOf(strategy.Instancetypes()), anyOf(strategy.Preferences())...)
	return json.NewEncoder(to).Encode(objects)
}

func anyOf[T any](list []T) []any {
	result := make([]any, len(list))
	for index, entry := range list {
		result[index] = entry
	}
	return result
}
