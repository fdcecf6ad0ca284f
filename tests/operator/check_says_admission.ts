import { role, version } from "./check_case.ts";
import {
  bareVmi,
  byAnnotation,
  byVolume,
  deployed,
  labelled,
  listed,
  namespace,
  optedIn,
  POLICY,
  roleInConfigMap,
  unlabelled,
} from "./check_cases_admission.ts";
import { ACCOUNT, bindings, INJECT } from "./check_edits.ts";
import { all } from "./edit.ts";
import type { Says } from "./check_says.ts";

/** The admission policy. */
export const ADMISSION_SAYS: readonly Says[] = [
  [
    "inject-value",
    "the value yes",
    labelled("yes"),
    /^error/,
    /unknown value "yes"/,
    /"true", in quotes/,
  ],
  [
    "inject-value",
    "the value yes on a VM that lists the sidecar itself",
    listed("yes"),
    /^warning/,
  ],
  [
    "inject-opted-out",
    "the value false on the VM",
    labelled("false"),
    /inject opts the VM out/,
    /\| If the VM should/,
  ],
  [
    "inject-opted-out",
    "the value false on the namespace",
    all(unlabelled, namespace("false")),
    /of the namespace opts its VMs out/,
    /If this VM should have a role, give its template the label: \| .*inject: "true"/,
  ],
  [
    "inject-without-owner",
    "a namespace with the value true",
    all(unlabelled, bareVmi, namespace("true")),
    /the label: \| .*inject: "true"/,
  ],
  [
    "inject-without-owner",
    "a namespace with the value pod-identity",
    all(unlabelled, bareVmi, namespace("pod-identity")),
    /the label: \| .*inject: "pod-identity"/,
  ],
  [
    "inject-misplaced",
    "the label on the VirtualMachine",
    all(unlabelled, ({ vm }) => vm.metadata.labels = { [INJECT]: "true" }),
    /inject is on the VirtualMachine itself/,
    /Move it to spec\.template\.metadata\.labels\./,
  ],
  [
    "inject-misplaced",
    "the annotation on the VirtualMachine",
    all(optedIn, ({ vm }) => vm.metadata.annotations[ACCOUNT] = "app"),
    /service-account is on the VirtualMachine itself/,
    /Move it to spec\.template\.metadata\.annotations\./,
  ],
  [
    "inject-role-unseen",
    "a role in the webhook's ConfigMap",
    all(optedIn, role(undefined), roleInConfigMap),
    /account app is in a ConfigMap/,
    /kubectl annotate serviceaccount app eks\.amazonaws\.com\/role-arn=arn:aws:iam::111122223333:role\/app/,
  ],
  [
    "admission-policy-missing",
    "a file with other admission policies",
    all(optedIn, deployed("messages/policies.yaml")),
    /given: ValidatingAdmissionPolicy eks-irsa-sidecar-refusals, ValidatingAdmissionPolicyBinding /,
    /kubectl apply -k deploy,/,
  ],
  [
    "admission-binding-missing",
    "a policy without a binding",
    all(optedIn, bindings("none")),
    /No binding that was given applies/,
    /Without a binding nothing is added/,
  ],
  [
    "admission-binding-missing",
    "bindings without paramRef",
    all(optedIn, bindings("no parameters")),
    /has no paramRef/,
    /without them the VM is refused/,
  ],
  [
    "admission-overlay",
    "the policy for KubeVirt 1.9 on KubeVirt 1.8, and a VM that names its account by the annotation",
    all(byAnnotation, deployed(POLICY), version("v1.8.2")),
    /^error/,
    /for KubeVirt 1\.9, and this KubeVirt is older/,
    /apply -k deploy\/kubevirt-1\.8/,
  ],
  [
    "admission-overlay",
    "the policy for KubeVirt 1.9 on KubeVirt 1.8, and a VM that names its account by the field",
    all(optedIn, deployed(POLICY), version("v1.8.2")),
    /^warning/,
  ],
  [
    "admission-overlay",
    "the policy for KubeVirt 1.8 on KubeVirt 1.9",
    all(optedIn, deployed(POLICY, byVolume)),
    /^warning/,
    /for KubeVirt 1\.8, and this KubeVirt is newer/,
    /apply -k deploy \|/,
  ],
];
