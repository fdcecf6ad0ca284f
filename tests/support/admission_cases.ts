import type { AdmissionCase } from "./admission/case.ts";
import { ENROLMENT_CASES } from "./admission/enrolment_cases.ts";
import { PARTS_CASES } from "./admission/parts_cases.ts";
import { POD_IDENTITY_CASES } from "./admission/pod_identity_cases.ts";

export * from "./admission/case.ts";
export { NAMESPACES, SERVICE_ACCOUNTS } from "./admission/surroundings.ts";

/** All cases of the admission policy. */
export const ADMISSION_CASES: readonly AdmissionCase[] = [
  ...ENROLMENT_CASES,
  ...PARTS_CASES,
  ...POD_IDENTITY_CASES,
];
