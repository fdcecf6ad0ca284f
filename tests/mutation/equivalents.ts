import { BELOW_THE_FRONTS } from "./equivalents/below_the_fronts.ts";
import type { Equivalent } from "./equivalents/equivalent.ts";
import { OPERATOR } from "./equivalents/operator.ts";
import { OPERATOR_CHECK } from "./equivalents/operator_check.ts";
import { SIDECAR } from "./equivalents/sidecar.ts";

/** The mutants that nobody can tell from the source. */
export const EQUIVALENTS: readonly Equivalent[] = [
  ...BELOW_THE_FRONTS,
  ...OPERATOR,
  ...OPERATOR_CHECK,
  ...SIDECAR,
];
