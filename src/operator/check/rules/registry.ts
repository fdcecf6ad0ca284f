import type { Rule } from "../rule.ts";
import { ADMISSION_RULES } from "./admission.ts";
import { ANNOTATION_RULES } from "./annotation.ts";
import { CLOUD_INIT_RULES } from "./cloud_init.ts";
import { CLOUD_INIT_DISABLED } from "./cloud_init_disabled.ts";
import { CLUSTER_RULES } from "./cluster.ts";
import { COLLISION_RULES } from "./collisions.ts";
import { CONTAINER_PATH_RULES } from "./container_path.ts";
import { DOMAIN_DELIVERY_RULES } from "./domain_delivery.ts";
import { GUEST_RULES } from "./guest.ts";
import { IDENTITY_WEBHOOK_RULES } from "./identity_webhook.ts";
import { MANIFEST_RULES } from "./manifest.ts";
import { POD_IDENTITY_RULES } from "./pod_identity.ts";
import { RUNNING_RULES } from "./running.ts";
import { SERVICE_ACCOUNT_RULES } from "./service_account.ts";
import { SHARE_RULES } from "./share.ts";
import { SIDECAR_RULES } from "./sidecar.ts";
import { SYSPREP_RULES } from "./sysprep.ts";
import { TRUST_POLICY_RULES } from "./trust_policy.ts";
import { WINDOWS_RULES } from "./windows.ts";

/** All rules, in the order in which findings should be fixed. */
export const RULES: readonly Rule[] = [
  ...MANIFEST_RULES,
  ...ADMISSION_RULES,
  ...ANNOTATION_RULES,
  ...SIDECAR_RULES,
  ...CLUSTER_RULES,
  ...IDENTITY_WEBHOOK_RULES,
  ...SERVICE_ACCOUNT_RULES,
  ...TRUST_POLICY_RULES,
  ...SHARE_RULES,
  ...CONTAINER_PATH_RULES,
  ...POD_IDENTITY_RULES,
  ...CLOUD_INIT_RULES,
  ...DOMAIN_DELIVERY_RULES,
  ...COLLISION_RULES,
  CLOUD_INIT_DISABLED,
  ...WINDOWS_RULES,
  ...SYSPREP_RULES,
  ...GUEST_RULES,
  ...RUNNING_RULES,
];
