import type { Edit } from "./edit.ts";

/** A rule, and a VM or a cluster in which it finds nothing, though something is like what it looks for. */
export type Silent = readonly [code: string, situation: string, Edit];
