/** The versions of the hook protocol, newest first, as KubeVirt prefers them. */
export const HOOK_VERSIONS = ["v1alpha3", "v1alpha2", "v1alpha1"] as const;
export type HookVersion = typeof HOOK_VERSIONS[number];

/** The hook points that can be chosen, as the flag spells them. */
export const HOOKS = ["onDefineDomain", "preCloudInitIso"] as const;
export type Hook = typeof HOOKS[number];

/** What a sidecar tells virt-launcher about itself. */
export interface InfoResult {
  readonly name: string;
  readonly hookPoints: readonly { readonly name: string; readonly priority: number }[];
  readonly versions: readonly HookVersion[];
}

/** The name of the sidecar in virt-launcher's log. */
export const SIDECAR_NAME = "eks-irsa";

/**
 * What to tell virt-launcher. Without a role there is nothing to do at the two hooks, and being called is
 * not free: KubeVirt's way of asking damages user data that is not UTF-8, drops the metadata beside user data
 * that is empty, and crashes for a VMI without a cloud-init volume (kubevirt/kubevirt
 * pkg/hooks/manager.go). So the sidecar then subscribes to neither, unless it was told to.
 *
 * @param hooks The hook points that the VM's owner chose, if any.
 */
export function sidecarInfo(
  versions: readonly HookVersion[],
  hooks: readonly Hook[] | undefined,
  hasRole: boolean,
): InfoResult {
  const chosen = new Set<Hook>(hooks ?? (hasRole ? HOOKS : []));
  const subscriptions: readonly (readonly [string, boolean])[] = [
    ["OnDefineDomain", chosen.has("onDefineDomain")],
    ["PreCloudInitIso", chosen.has("preCloudInitIso") && havePreCloudInitIso(versions)],
    // Without it the sidecar would outlive a VM that was migrated away, and so would its pod.
    ["Shutdown", versions.includes("v1alpha3")],
  ];
  return {
    name: SIDECAR_NAME,
    versions,
    hookPoints: subscriptions.flatMap(([name, subscribed]) =>
      subscribed ? [{ name, priority: 0 }] : []
    ),
  };
}

/** Whether one of the versions has PreCloudInitIso, which came with v1alpha2. */
export function havePreCloudInitIso(versions: readonly HookVersion[]): boolean {
  return versions.some((version) => version !== "v1alpha1");
}
