import type { Edit } from "./edit.ts";

/** A rule, a VM, and what is in its finding: `severity path: what | why | fix | snippet`. */
export type Says = readonly [string, Edit, ...RegExp[]];
