import { OURS, role, version } from "./check_case.ts";
import {
  bareVmi,
  byVolume,
  deployed,
  listed,
  namespace,
  optedIn,
  POLICY,
  roleInConfigMap,
  unlabelled,
} from "./check_cases_admission.ts";
import { associated, bindings, changedPolicy } from "./check_edits.ts";
import { all, annotation, sidecars } from "./edit.ts";
import type { Silent } from "./check_silent.ts";

/** The admission policy. */
export const ADMISSION_SILENT: readonly Silent[] = [
  ["inject-opted-out", "the value false on a VM that lists the sidecar itself", listed("false")],
  [
    "inject-without-owner",
    "a VirtualMachineInstance that lists the sidecar itself, and the namespace has the label",
    all(unlabelled, sidecars(OURS), bareVmi, namespace("true")),
  ],
  ["inject-misplaced", "a VirtualMachineInstance of its own with the label", all(optedIn, bareVmi)],
  [
    "inject-name-taken",
    "a VM that the policy refuses because the annotation with the sidecars is no list",
    all(optedIn, annotation("{}")),
  ],
  [
    "inject-role-unseen",
    "a role in the webhook's ConfigMap, and a VM that is not opted in",
    all(role(undefined), roleInConfigMap),
  ],
  [
    "inject-role-unseen",
    "a role in the webhook's ConfigMap, and a VM for EKS Pod Identity",
    all(associated, roleInConfigMap),
  ],
  [
    "admission-binding-missing",
    "a policy without a binding, and a VM that is not opted in",
    bindings("none"),
  ],
  ["admission-policy-changed", "a changed policy, and a VM that is not opted in", changedPolicy],
  [
    "admission-overlay",
    "the policy for KubeVirt 1.9 on KubeVirt 1.8, and a VM that is not opted in",
    all(deployed(POLICY), version("v1.8.2")),
  ],
  [
    "admission-overlay",
    "the policy for KubeVirt 1.8, and a KubeVirt of unknown version",
    all(optedIn, deployed(POLICY, byVolume), version("v1.9-vendor")),
  ],
  [
    "admission-overlay",
    "the policy for KubeVirt 1.9, and a KubeVirt of unknown version",
    all(optedIn, deployed(POLICY), version("v1.9-vendor")),
  ],
];
