import configuration from "../../../deno.json" with { type: "json" };

/** The published image of this version. */
export const IMAGE = `ghcr.io/eks-irsa-sidecar/eks-irsa-sidecar:${configuration.version}`;
