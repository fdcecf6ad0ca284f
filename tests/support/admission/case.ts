import type { JsonObject } from "../../../src/text/json.ts";

/**
 * What the policy in deploy/ does to a VirtualMachineInstance when it is created. The cases are plain data: the unit
 * tests hold src/admission to them, and the API server and Kyverno judge that deploy/ agrees.
 */
export interface AdmissionCase {
  readonly name: string;
  /** The VMI as it is created. Its namespace is one of NAMESPACES. */
  readonly vmi: JsonObject;
  readonly expected: ExpectedAdmission;
  /** What the overlay for KubeVirt 1.8 does, where it differs. */
  readonly expectedOn18?: ExpectedAdmission;
}

export type ExpectedAdmission =
  | { readonly kind: "enrolled"; readonly added: Added }
  /** Nothing is changed. */
  | { readonly kind: "left alone"; readonly reason: string }
  /** The VMI is refused. The message, which is in deploy/messages, contains this text. */
  | { readonly kind: "refused"; readonly reason: string; readonly message: string };

/** What is added to a VMI. Everything else stays as it is. */
export interface Added {
  /** The new text of the annotation hooks.kubevirt.io/hookSidecars; undefined if it stays. */
  readonly sidecars?: string;
  readonly serviceAccountName?: string;
  /** Volumes behind the owner's. */
  readonly volumes: readonly JsonObject[];
  /** Filesystems behind the owner's. */
  readonly filesystems: readonly JsonObject[];
}

export const INJECT_LABEL = "eks-irsa-sidecar.github.io/inject";
export const ACCOUNT_ANNOTATION = "eks-irsa-sidecar.github.io/service-account";
export const SIDECARS_ANNOTATION = "hooks.kubevirt.io/hookSidecars";
export const TOKEN_FOLDER = "/var/run/secrets/eks.amazonaws.com/serviceaccount";

/**
 * The VMI that a case expects: the VMI itself, or with what is added.
 *
 * @throws {Error} if the case expects a refusal.
 */
export function expectedVmi({ vmi }: AdmissionCase, expected: ExpectedAdmission): JsonObject {
  if (expected.kind === "refused") throw new Error("No VMI is expected.");
  if (expected.kind === "left alone") return vmi;
  const { sidecars, serviceAccountName, volumes, filesystems } = expected.added;
  // The cases are written beside this: their members have the types that are read here.
  const result = structuredClone(vmi) as {
    metadata: { annotations?: Record<string, string> };
    spec: {
      serviceAccountName?: string;
      volumes?: JsonObject[];
      domain: { devices?: { filesystems?: JsonObject[] } };
    };
  };
  const { metadata, spec } = result;
  if (sidecars !== undefined) {
    metadata.annotations = { ...metadata.annotations, [SIDECARS_ANNOTATION]: sidecars };
  }
  if (serviceAccountName !== undefined) spec.serviceAccountName = serviceAccountName;
  spec.volumes = [...spec.volumes ?? [], ...volumes];
  const devices = spec.domain.devices ??= {};
  devices.filesystems = [...devices.filesystems ?? [], ...filesystems];
  return { ...result };
}
