import { findObject } from "../manifest/manifest.ts";
import { roleArnOf } from "../manifest/service_account.ts";
import type { CheckContext } from "./check_context.ts";

/** The manifest of the service account that the VM's pod runs as, if it was given. */
export function givenServiceAccount(
  { manifests, serviceAccount, virtualMachine: { manifest } }: CheckContext,
) {
  return findObject(manifests, "ServiceAccount", manifest.namespace, serviceAccount.name);
}

/** The role of that service account. */
export function givenRole(context: CheckContext): string | undefined {
  const found = givenServiceAccount(context);
  return found && roleArnOf(found);
}

/** Whether the VM's pod has a role, or nothing is known of its service account. */
export function mayHaveRole(context: CheckContext): boolean {
  return givenServiceAccount(context) === undefined || givenRole(context) !== undefined;
}
