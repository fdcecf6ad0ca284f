import type { JsonObject } from "../../src/text/json.ts";
import { ACCOUNT_ANNOTATION, INJECT_LABEL } from "./admission_cases.ts";

/**
 * What whoever applies a VM is told by deploy/messages. Namespaces and service accounts are those of the admission
 * cases. The VM is accepted each time.
 */
export interface WarningCase {
  readonly name: string;
  readonly object: JsonObject;
  /** A text that is in each warning, in any order. */
  readonly warnings: readonly string[];
}

const NO_ACCOUNT = "this VM names no service account";
const NO_ROLE = (account: string) => `its service account ${account} has no annotation`;

/** A VirtualMachine in a namespace, with the metadata and the spec of its template. */
function vm(
  name: string,
  namespace: string,
  template: { readonly metadata?: JsonObject; readonly spec?: JsonObject },
  metadata: JsonObject = {},
): JsonObject {
  return {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachine",
    metadata: { name, namespace, ...metadata },
    spec: {
      runStrategy: "Halted",
      template: { metadata: {}, ...template, spec: vmiSpec(template.spec) },
    },
  };
}

function vmiSpec(spec: JsonObject = {}): JsonObject {
  return { domain: { memory: { guest: "1Gi" }, devices: {} }, ...spec };
}

const labelled = (value: string) => ({ labels: { [INJECT_LABEL]: value } });
const annotated = (account: string) => ({ annotations: { [ACCOUNT_ANNOTATION]: account } });

export const WARNING_CASES: readonly WarningCase[] = [
  {
    name: "nothing is wrong",
    object: vm("right", "reports", {
      metadata: labelled("true"),
      spec: { serviceAccountName: "report-writer" },
    }),
    warnings: [],
  },
  {
    name: "nothing is wrong, by the annotation",
    object: vm("annotated", "reports", {
      metadata: { ...labelled("true"), ...annotated("report-writer") },
    }),
    warnings: [],
  },
  { name: "no label", object: vm("plain", "reports", {}), warnings: [] },
  {
    name: "the label false",
    object: vm("out", "shop", { metadata: labelled("false") }),
    warnings: [],
  },
  {
    name: "an unknown value",
    object: vm("unknown", "reports", { metadata: labelled("yes") }),
    warnings: ['has the value "yes". The values are "true", "pod-identity" and "false".'],
  },
  {
    name: "an empty value",
    object: vm("empty", "reports", { metadata: labelled("") }),
    warnings: ["is empty. The values are"],
  },
  {
    name: "Pod Identity, and an account without an annotation",
    object: vm("associated", "reports", {
      metadata: labelled("pod-identity"),
      spec: { serviceAccountName: "plain" },
    }),
    warnings: [],
  },
  {
    name: "Pod Identity by the namespace, and no account",
    object: vm("associated-default", "associated", {}),
    warnings: [NO_ACCOUNT],
  },
  {
    name: "the label and the annotation on the VM itself",
    object: vm("misplaced", "reports", {}, { ...labelled("true"), ...annotated("report-writer") }),
    warnings: [
      `the label ${INJECT_LABEL} is on the VirtualMachine itself`,
      `the annotation ${ACCOUNT_ANNOTATION} is on the VirtualMachine itself`,
    ],
  },
  {
    name: "no account, and the default account has a role",
    object: vm("default-role", "shop", {}),
    warnings: [NO_ACCOUNT],
  },
  {
    name: "no account, and the default account has no role",
    object: vm("default-plain", "reports", { metadata: labelled("true") }),
    warnings: [NO_ACCOUNT, NO_ROLE("default")],
  },
  {
    name: "an account without a role",
    object: vm("no-role", "reports", {
      metadata: labelled("true"),
      spec: { serviceAccountName: "plain" },
    }),
    warnings: [NO_ROLE("plain")],
  },
  {
    name: "an account of the annotation without a role, in a namespace with the label",
    object: vm("no-role-annotated", "shop", { metadata: annotated("plain") }),
    warnings: [NO_ROLE("plain")],
  },
  {
    name: "an account that does not exist yet",
    object: vm("later", "reports", {
      metadata: labelled("true"),
      spec: { serviceAccountName: "later" },
    }),
    warnings: [],
  },
  {
    name: "an annotation beside another account",
    object: vm("two-accounts", "reports", {
      metadata: { ...labelled("true"), ...annotated("plain") },
      spec: { serviceAccountName: "report-writer" },
    }),
    warnings: ["names another service account, report-writer"],
  },
  {
    name: "a VMI without an owner, in a namespace with the label",
    object: {
      apiVersion: "kubevirt.io/v1",
      kind: "VirtualMachineInstance",
      metadata: { name: "bare", namespace: "shop" },
      spec: vmiSpec(),
    },
    warnings: ["because no VirtualMachine owns it"],
  },
  {
    name: "a VMI without an owner, in a namespace with Pod Identity",
    object: {
      apiVersion: "kubevirt.io/v1",
      kind: "VirtualMachineInstance",
      metadata: { name: "bare-associated", namespace: "associated" },
      spec: vmiSpec(),
    },
    warnings: [`Give it the label ${INJECT_LABEL} "pod-identity"`],
  },
  {
    name: "a pool",
    object: {
      apiVersion: "pool.kubevirt.io/v1beta1",
      kind: "VirtualMachinePool",
      metadata: { name: "pool", namespace: "reports" },
      spec: {
        replicas: 0,
        selector: { matchLabels: { pool: "a" } },
        virtualMachineTemplate: {
          metadata: { labels: { pool: "a" } },
          spec: {
            runStrategy: "Halted",
            template: { metadata: labelled("1"), spec: vmiSpec() },
          },
        },
      },
    },
    warnings: ['has the value "1"'],
  },
];
