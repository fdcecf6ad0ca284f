import type { Rule } from "../subject.ts";
import { ANNOTATION_RULES } from "./annotation.ts";
import { CLOUD_INIT_RULES } from "./cloud_init.ts";
import { FEATURE_GATE_RULES } from "./feature_gates.ts";
import { RUNNING_RULES } from "./running.ts";
import { SERVICE_ACCOUNT_RULES } from "./service_account.ts";
import { SHARE_RULES } from "./share.ts";

/** All rules, in the order in which their findings are mended best. */
export const RULES: readonly Rule[] = [
  ...ANNOTATION_RULES,
  ...FEATURE_GATE_RULES,
  ...SERVICE_ACCOUNT_RULES,
  ...SHARE_RULES,
  ...CLOUD_INIT_RULES,
  ...RUNNING_RULES,
];
