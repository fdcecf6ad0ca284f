import { findObject } from "../manifest/manifest.ts";
import { roleArnOf } from "../manifest/service_account.ts";
import type { CheckContext } from "./check_context.ts";

/** The manifest of the service account of the VM's pod; undefined if it was not given. */
export function givenServiceAccount(
  { manifests, serviceAccount, virtualMachine: { manifest } }: CheckContext,
) {
  return findObject(manifests, "ServiceAccount", manifest.namespace, serviceAccount.name);
}

/** The role of that service account; undefined if it has none, or its manifest was not given. */
export function givenRole(context: CheckContext): string | undefined {
  const found = givenServiceAccount(context);
  return found && roleArnOf(found);
}

/** Whether the service account has a role, or its manifest was not given. */
export function mayHaveRole(context: CheckContext): boolean {
  return givenServiceAccount(context) === undefined || givenRole(context) !== undefined;
}
