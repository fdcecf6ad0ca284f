/** The annotation that makes KubeVirt run hook sidecars (kubevirt/kubevirt pkg/hooks/hooks.go). */
export const HOOK_SIDECARS_ANNOTATION = "hooks.kubevirt.io/hookSidecars";
