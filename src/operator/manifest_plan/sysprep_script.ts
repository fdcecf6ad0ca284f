import type { IdentityKind } from "../../identity/identity.ts";
import type { GuestSettings } from "../../guest/settings.ts";
import { partsOf } from "../../plan/guest_plan.ts";
import type { Manifest } from "../manifest/manifest.ts";
import type { VirtualMachine } from "../manifest/virtual_machine.ts";
import { assumedIdentity } from "./assumed_identity.ts";
import { type PlanFailure, planManifest } from "./manifest_plan.ts";

/** The script that gives a Windows guest its role without cloud-init. */
export interface SysprepScript {
  readonly kind: "script";
  /** 7-bit text with LF line ends. */
  readonly text: string;
  readonly settings: GuestSettings;
}

/** What is known of a VM's identity. */
export interface SysprepIdentity {
  readonly kind: IdentityKind;
  /** Undefined for an example, and for EKS Pod Identity, whose variables do not have it. */
  readonly roleArn: string | undefined;
  /** Undefined for an example. */
  readonly region: string | undefined;
  /** The token's file in the pod; undefined for that of EKS. */
  readonly tokenFile: string | undefined;
}

/**
 * Makes the script for the CD of a VM's sysprep volume: the part that a cloud-init disk would have. Only flags, the
 * manifests and the annotation's args count, and not the environment: this may be run anywhere.
 */
export function sysprepScript(
  virtualMachine: VirtualMachine,
  sources: SysprepIdentity,
  manifests: readonly Manifest[],
): SysprepScript | PlanFailure {
  const identity = assumedIdentity({ environment: {}, ...sources });
  const plan = planManifest(virtualMachine, identity, ["--os=windows"], manifests);
  if (plan.kind !== "planned") return plan;
  return { kind: "script", text: partsOf(plan.guest).first.body, settings: plan.guest.settings };
}
