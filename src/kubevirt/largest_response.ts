/** What virt-launcher accepts back, in bytes: the default of grpc-go, which KubeVirt does not change. */
export const LARGEST_RESPONSE = 4 * 1024 * 1024;
