import type { Edit } from "./edit.ts";

/** A rule, what the VM or the cluster is like, and what is in the finding: `severity path: what | why | fix | snippet`. */
export type Says = readonly [code: string, situation: string, Edit, ...RegExp[]];
