import assert from "node:assert/strict";
import { agentAccess } from "../../../src/identity/agent.ts";
import { captureIdentity } from "../../../src/identity/identity.ts";
import { readVmi } from "../../../src/kubevirt/vmi.ts";
import { POD_IDENTITY_ENVIRONMENT } from "../../support/pod_identity.ts";
import { IRSA_ENVIRONMENT } from "../../support/sidecar.ts";

type Json = Readonly<Record<string, unknown>>;

const MASQUERADE = { name: "default", masquerade: {} };

/** A VMI with these interfaces; the first network is that of the pod. */
function vmiWith(interfaces: readonly Json[], pod: Json = {}) {
  return readVmi({
    spec: {
      domain: { devices: { interfaces } },
      networks: [{ name: "lan", multus: { networkName: "lan" } }, { name: "default", pod }],
    },
  });
}

function access(vmi = vmiWith([MASQUERADE]), url?: string) {
  const identity = captureIdentity({
    ...POD_IDENTITY_ENVIRONMENT,
    ...url === undefined ? {} : { AWS_CONTAINER_CREDENTIALS_FULL_URI: url },
  });
  assert(identity !== undefined);
  return agentAccess(vmi, identity);
}

const GATEWAYS: readonly (readonly [string | undefined, string])[] = [
  [undefined, "10.0.2.1"],
  ["", "10.0.2.1"],
  ["10.11.12.0/24", "10.11.12.1"],
  ["10.11.12.77/24", "10.11.12.1"],
  ["172.16.255.252/30", "172.16.255.253"],
  ["192.168.128.0/17", "192.168.128.1"],
  ["255.255.255.248/29", "255.255.255.249"],
  ["128.0.0.0/1", "128.0.0.1"],
];

for (const [vmNetworkCIDR, gateway] of GATEWAYS) {
  Deno.test(`behind masquerade with ${vmNetworkCIDR ?? "KubeVirt's network"} the route is by ${gateway}`, () => {
    const vmi = vmiWith([MASQUERADE], vmNetworkCIDR === undefined ? {} : { vmNetworkCIDR });
    assert.deepEqual(access(vmi), {
      kind: "route",
      route: { address: "169.254.170.23", gateway },
    });
  });
}

const URLS: readonly (readonly [string, string | undefined])[] = [
  ["http://169.254.170.23/v1/credentials", "169.254.170.23"],
  ["http://169.254.170.2:8080/", "169.254.170.2"],
  ["http://[fd00:ec2::23]/v1/credentials", undefined],
  ["https://agent.example.net/", undefined],
  ["http://127.0.0.1:1234/v1/credentials", undefined],
  ["http://1169.254.170.23/", undefined],
  ["http://169.254.170.23.example.net/", undefined],
  ["not a URL", undefined],
];

for (const [url, address] of URLS) {
  Deno.test(`${url} is reached ${address === undefined ? "by any route" : `by a route to ${address}`}`, () => {
    assert.deepEqual(
      access(vmiWith([MASQUERADE]), url),
      address === undefined
        ? { kind: "any route" }
        : { kind: "route", route: { address, gateway: "10.0.2.1" } },
    );
  });
}

for (
  const vmNetworkCIDR of [
    "fd10:0:2::/120",
    "10.0.2.0",
    "10.0.2.0/31",
    "10.0.300.0/24",
    "x10.0.2.0/24",
    "10.0.2.0/24x",
  ]
) {
  Deno.test(`a network that KubeVirt takes for no masquerade network gives no route: ${vmNetworkCIDR}`, () => {
    assert.deepEqual(access(vmiWith([MASQUERADE], { vmNetworkCIDR })), { kind: "any route" });
  });
}

for (
  const binding of [{ passtBinding: {} }, { passt: {} }, { binding: { name: "passt" } }] as Json[]
) {
  Deno.test(`passt needs no route: ${JSON.stringify(binding)}`, () => {
    assert.deepEqual(access(vmiWith([{ name: "default", ...binding }])), { kind: "any route" });
  });
}

const DOUBTFUL: readonly (readonly [string, ReturnType<typeof readVmi>, RegExp])[] = [
  ["a bridge", vmiWith([{ name: "default", bridge: {} }]), /a bridge.*use masquerade/],
  ["another binding", vmiWith([{ name: "default", binding: { name: "x" } }]), /is not known/],
  ["another network alone", vmiWith([{ name: "lan", bridge: {} }]), /no interface on the pod/],
  ["masquerade on no network", vmiWith([{ ...MASQUERADE, name: "x" }]), /no interface on the pod/],
  [
    "no network at all",
    readVmi({ spec: { domain: { devices: { autoattachPodInterface: false } } } }),
    /no interface on the pod/,
  ],
  ["no network named", readVmi({ spec: {} }), /KubeVirt's default.*name an interface/],
];

for (const [what, vmi, reason] of DOUBTFUL) {
  Deno.test(`whether a VM reaches the agent is doubtful with ${what}`, () => {
    const found = access(vmi);
    assert(found?.kind === "doubtful");
    assert.match(found.reason, reason);
  });
}

Deno.test("a web identity needs no agent", () => {
  const identity = captureIdentity(IRSA_ENVIRONMENT);
  assert(identity !== undefined);
  assert.equal(agentAccess(vmiWith([{ name: "default", bridge: {} }]), identity), undefined);
});
