import type { VmOptions } from "../../src/plan/options.ts";

/** The options of a VM whose owner has set no flag. */
export const NO_FLAGS: VmOptions = {
  os: undefined,
  mountPath: undefined,
  webhookShare: { kind: "webhook", tag: "aws-iam-token", socket: "/run/token.sock" },
  tokenReaders: "everyone",
  delivery: "auto",
};
