/** The largest response that virt-launcher accepts: the default of grpc-go, which KubeVirt does not change. */
export const MAX_RESPONSE_BYTES = 4 * 1024 * 1024;
