import type { Delivery } from "../plan/options.ts";

/** The versions of the hook protocol, newest first: KubeVirt prefers the newest. */
export const HOOK_VERSIONS = ["v1alpha3", "v1alpha2", "v1alpha1"] as const;
export type HookVersion = typeof HOOK_VERSIONS[number];

/** The hook points that `--hooks` can choose, as that flag spells them. */
export const HOOKS = ["onDefineDomain", "preCloudInitIso"] as const;
export type Hook = typeof HOOKS[number];

/** The sidecar's response to Info. */
export interface InfoResult {
  readonly name: string;
  readonly hookPoints: readonly { readonly name: string; readonly priority: number }[];
  readonly versions: readonly HookVersion[];
}

/** What decides on the subscriptions. */
export interface InfoOptions {
  readonly versions: readonly HookVersion[];
  /** The hook points that the VM's owner chose; undefined for the default. */
  readonly hooks: readonly Hook[] | undefined;
  readonly delivery: Delivery;
}

/** The name of the sidecar in virt-launcher's log. */
const SIDECAR_NAME = "eks-irsa";

/**
 * The response to Info. Without a role the sidecar subscribes to OnDefineDomain and PreCloudInitIso only if
 * `--hooks` says so: it would change nothing, and calling PreCloudInitIso has side effects. KubeVirt damages user
 * data that is not UTF-8, drops the metadata if the user data is empty, and crashes for a VMI without a cloud-init
 * volume (kubevirt/kubevirt pkg/hooks/manager.go). So delivery by the domain alone does not subscribe to it either.
 */
export function sidecarInfo(
  { versions, hooks, delivery }: InfoOptions,
  hasRole: boolean,
): InfoResult {
  const needed: readonly Hook[] = delivery === "domain" ? ["onDefineDomain"] : HOOKS;
  const chosen = new Set<Hook>(hooks ?? (hasRole ? needed : []));
  const subscriptions: readonly (readonly [string, boolean])[] = [
    ["OnDefineDomain", chosen.has("onDefineDomain")],
    ["PreCloudInitIso", chosen.has("preCloudInitIso") && havePreCloudInitIso(versions)],
    // Without Shutdown, the sidecar and so the pod of a VM that was migrated away would never end.
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
