import type { Rule } from "../check_context.ts";
import { ADMISSION_RULES } from "./admission.ts";
import { ANNOTATION_RULES } from "./annotation.ts";
import { CLOUD_INIT_RULES } from "./cloud_init.ts";
import { CLOUD_INIT_VOLUME_RULES } from "./cloud_init_volume.ts";
import { COLLISION_RULES } from "./collisions.ts";
import { CONTAINER_PATH_RULES } from "./container_path.ts";
import { FEATURE_GATE_RULES } from "./feature_gates.ts";
import { RUNNING_RULES } from "./running.ts";
import { SERVICE_ACCOUNT_RULES } from "./service_account.ts";
import { SHARE_RULES } from "./share.ts";
import { SIDECAR_RULES } from "./sidecar.ts";

/** All rules, in the order in which their findings are mended best. */
export const RULES: readonly Rule[] = [
  ...ADMISSION_RULES,
  ...ANNOTATION_RULES,
  ...SIDECAR_RULES,
  ...FEATURE_GATE_RULES,
  ...SERVICE_ACCOUNT_RULES,
  ...SHARE_RULES,
  ...CONTAINER_PATH_RULES,
  ...CLOUD_INIT_VOLUME_RULES,
  ...CLOUD_INIT_RULES,
  ...COLLISION_RULES,
  ...RUNNING_RULES,
];
