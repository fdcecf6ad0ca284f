import { role, spec, version } from "./check_case.ts";
import { byAnnotation, deployed, optedIn, POLICY } from "./check_cases_admission.ts";
import { associated, defaultAccount, noAccounts } from "./check_edits.ts";
import { all } from "./edit.ts";
import type { Silent } from "./check_silent.ts";

/** The service account, its role, and the trust policy of the role. */
export const SERVICE_ACCOUNT_SILENT: readonly Silent[] = [
  [
    "service-account-field",
    "a VM with the field on KubeVirt 1.9",
    spec((s) => s.serviceAccountName = "app"),
  ],
  [
    "service-account-field",
    "a VM with the field, and a KubeVirt of unknown version",
    all(version("v1.8-vendor"), optedIn),
  ],
  [
    "service-account-field",
    "a VM for which the admission policy writes the field, on KubeVirt 1.8",
    all(version("v1.8.1"), deployed(POLICY), byAnnotation),
  ],
  ["service-account-unknown", "no service account given", noAccounts],
  ["service-account-unknown", "a VM that names no service account", defaultAccount],
  ["role-arn-missing", "no service account given", noAccounts],
  [
    "role-arn-malformed",
    "an annotation with two words, and a VM for EKS Pod Identity",
    all(associated, role("two words")),
  ],
  [
    "role-name-only",
    "a role's name in the annotation, and a VM for EKS Pod Identity",
    all(associated, role("report-writer")),
  ],
];
