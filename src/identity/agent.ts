import type { PodInterface, Vmi } from "../kubevirt/vmi.ts";
import { AGENT_URL_VARIABLE, type Identity } from "./identity.ts";

/** A route of the guest to the agent of EKS Pod Identity, both in IPv4's dotted form. */
export interface AgentRoute {
  readonly address: string;
  readonly gateway: string;
}

/** How a guest reaches the agent of EKS Pod Identity, which listens on a link-local address of the node. */
export type AgentAccess =
  /** By this route, which others in the guest must not hide: to 169.254.0.0/16, or by another default route. */
  | { readonly kind: "route"; readonly route: AgentRoute }
  /** By whatever route the guest has. */
  | { readonly kind: "any route" }
  /** The VM's network does not lead there, or nobody knows; a clause says why. */
  | { readonly kind: "doubtful"; readonly reason: string };

/** kubevirt/kubevirt pkg/network/link/address.go (GenerateMasqueradeGatewayAndVmIPAddrs), and its DefaultVMCIDR. */
const DEFAULT_GATEWAY = "10.0.2.1";

/**
 * Finds out how a guest reaches the agent.
 *
 * @returns Undefined for a web identity, which needs no agent.
 */
export function agentAccess(vmi: Vmi, identity: Identity): AgentAccess | undefined {
  if (identity.kind === "web identity") return undefined;
  const { podInterface } = vmi;
  switch (podInterface?.binding) {
    case "masquerade":
      return routeBy(podInterface, identity);
    case "passt":
      return { kind: "any route" };
    case "bridge":
      return {
        kind: "doubtful",
        reason:
          "its interface on the pod network is a bridge, behind which EKS's VPC CNI does not reach the agent: use " +
          "masquerade",
      };
    case "default":
      return {
        kind: "doubtful",
        reason:
          "it names no network, and gets KubeVirt's default, which is a bridge unless the cluster's " +
          "configuration says otherwise: name an interface with masquerade",
      };
    case "other":
      return {
        kind: "doubtful",
        reason: "the binding of its interface on the pod network is not known",
      };
    case undefined:
      return {
        kind: "doubtful",
        reason: "it has no interface on the pod network: give it one with masquerade",
      };
  }
}

function routeBy({ vmNetworkCidr }: PodInterface, { variables }: Identity): AgentAccess {
  const address = linkLocalHost(variables.get(AGENT_URL_VARIABLE) ?? "");
  const gateway = vmNetworkCidr === undefined ? DEFAULT_GATEWAY : firstHost(vmNetworkCidr);
  return address === undefined || gateway === undefined
    ? { kind: "any route" }
    : { kind: "route", route: { address, gateway } };
}

/** The host of a URL if that is an IPv4 link-local address (RFC 3927); a guest reaches any other by its own routes. */
function linkLocalHost(url: string): string | undefined {
  return URL.parse(url)?.hostname.match(/^169\.254\.\d+\.\d+$/)?.[0];
}

/** The first address after that of the network, which KubeVirt gives the gateway; undefined if the text is no IPv4 network. */
function firstHost(cidr: string): string | undefined {
  const [, address = "", length = ""] = /^(\d+(?:\.\d+){3})\/(\d+)$/.exec(cidr) ?? [];
  const octets = address.split(".").map(Number);
  if (octets.length !== 4 || octets.some((octet) => octet > 255) || Number(length) > 30) {
    return undefined;
  }
  const host = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const size = 2 ** (32 - Number(length));
  const gateway = Math.floor(host / size) * size + 1;
  return [24, 16, 8, 0].map((bits) => Math.floor(gateway / 2 ** bits) % 256).join(".");
}
