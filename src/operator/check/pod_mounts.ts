import { objectMember } from "../../text/json.ts";
import type { CheckContext } from "./check_context.ts";
import { volumesOf } from "./places.ts";

/** Where Kubernetes mounts the token of a service account (kubernetes/kubernetes plugin/pkg/admission/serviceaccount). */
const KUBERNETES_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * Whether a path is within a mount that the compute container is known to have: that of EKS's webhook, for a service
 * account with a role, and that of the Kubernetes token, which KubeVirt requests if a volume is a service account
 * (kubevirt/kubevirt pkg/virt-controller/services/template.go). KubeVirt's own mounts are reserved, and other
 * webhooks may add mounts.
 *
 * KubeVirt compares paths as text, and does not resolve symbolic links such as `/var/run`
 * (pkg/virtiofs/containerpath.go, FindVolumeMountForPath).
 */
export function isMounted(context: CheckContext, path: string): boolean {
  const mounts = [context.identity.tokenFolder];
  if (volumesOf(context).some((volume) => objectMember(volume, "serviceAccount") !== undefined)) {
    mounts.push(KUBERNETES_FOLDER);
  }
  return mounts.some((mount) => path === mount || path.startsWith(`${mount}/`));
}
