import { type AccountRole, accountRole } from "../manifest/account_role.ts";
import { findObject } from "../manifest/manifest.ts";
import type { CheckContext } from "./check_context.ts";

/** The manifest of the service account of the VM's pod; undefined if it was not given. */
export function givenServiceAccount(
  { manifests, serviceAccount, virtualMachine: { manifest } }: CheckContext,
) {
  return findObject(manifests, "ServiceAccount", manifest.namespace, serviceAccount.name);
}

/** The role of that service account; undefined if it has none, or no manifest with it was given. */
export function givenRole(
  { manifests, serviceAccount, virtualMachine: { manifest } }: CheckContext,
): AccountRole | undefined {
  return accountRole(manifests, manifest.namespace, serviceAccount.name);
}

/** Whether the service account has a role, or its manifest was not given. */
export function mayHaveRole(context: CheckContext): boolean {
  return givenServiceAccount(context) === undefined || givenRole(context) !== undefined;
}
