import type { JsonObject } from "../../../src/text/json.ts";
import { namespace, serviceAccount } from "../kubernetes_objects.ts";
import { INJECT_LABEL } from "./case.ts";

/** The namespaces of the cases. */
export const NAMESPACES: readonly JsonObject[] = [
  namespace("reports", {}),
  namespace("shop", { [INJECT_LABEL]: "true" }),
  namespace("closed", { [INJECT_LABEL]: "false" }),
  namespace("associated", { [INJECT_LABEL]: "pod-identity" }),
];

/** Their service accounts. */
export const SERVICE_ACCOUNTS: readonly JsonObject[] = [
  serviceAccount("reports", "default"),
  serviceAccount("reports", "report-writer", "arn:aws:iam::111122223333:role/report-writer"),
  serviceAccount("reports", "plain"),
  serviceAccount("reports", "empty", ""),
  serviceAccount("shop", "default", "arn:aws:iam::111122223333:role/shop"),
  serviceAccount("shop", "orders", "arn:aws:iam::111122223333:role/orders"),
  serviceAccount("shop", "plain"),
  serviceAccount("closed", "default", "arn:aws:iam::111122223333:role/closed"),
  serviceAccount("associated", "default"),
  serviceAccount("associated", "orders"),
  serviceAccount("associated", "migrated", "arn:aws:iam::111122223333:role/migrated"),
];
