import { objectMember } from "../../text/json.ts";
import type { CheckContext } from "./check_context.ts";
import { volumesOf } from "./places.ts";

/** Where Kubernetes puts a service account's own token (kubernetes/kubernetes plugin/pkg/admission/serviceaccount). */
const KUBERNETES_FOLDER = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * Whether a path is within a mount that the VM's container is known to have when KubeVirt looks for one:
 * that of EKS's webhook for a service account with a role, and that of Kubernetes, which KubeVirt asks for
 * where the service account is a volume (kubevirt/kubevirt pkg/virt-controller/services/template.go). What
 * KubeVirt itself mounts is reserved, and other webhooks may mount more.
 *
 * KubeVirt compares paths as texts: it knows nothing of links such as `/var/run` (pkg/virtiofs/containerpath.go,
 * FindVolumeMountForPath).
 */
export function isMounted(context: CheckContext, path: string): boolean {
  const mounts = [context.identity.tokenFolder];
  if (volumesOf(context).some((volume) => objectMember(volume, "serviceAccount") !== undefined)) {
    mounts.push(KUBERNETES_FOLDER);
  }
  return mounts.some((mount) => path === mount || path.startsWith(`${mount}/`));
}
