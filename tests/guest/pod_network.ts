import { AGENT_ADDRESS } from "../support/pod_identity_agent.ts";
import { repositoryPath } from "../support/paths.ts";
import { QEMU_USER } from "./libvirt.ts";
import { type Command, Daemon, run, waitFor } from "./process.ts";

/** The tap device in the pod to which KubeVirt's domain names its interface. */
export const TAP = "tap0";

/** What KubeVirt gives the guest by DHCP, unless the VMI's network has a `vmNetworkCIDR`. */
const GUEST = { address: "10.0.2.2", gateway: "10.0.2.1" };

// A unit of networkd for the guest's one interface, as a systemd credential (systemd-network-generator(8)).
const NETWORK_UNIT = "[Match]\nType=ether\n[Network]\nDHCP=ipv4\n";

/** The words of the guest's kernel command line with which systemd-networkd asks KubeVirt's DHCP for the network. */
export const NETWORK_WORDS: readonly string[] = [
  `systemd.set_credential_binary=network.network.50-pod:${
    new TextEncoder().encode(NETWORK_UNIT).toBase64()
  }`,
  ...["-network-generator", "-networkd", "-networkd-wait-online"].map((name) =>
    `systemd.wants=systemd${name}.service`
  ),
];

const NODE_ADDRESS = "10.1.0.10";
const STS_PORT = 4566;
const POD_ADDRESS = "10.1.5.7";
/** The gateway of a pod on VPC CNI, and the hardware address of the node's side. */
const POD_GATEWAY = { address: "169.254.1.1", hardware: "02:00:00:00:01:01" };

// aws/eks-pod-identity-agent pkg/initalizer/iproute: any link has the /32. aws/amazon-vpc-cni-k8s: a veth pair, and the
// node's route to the pod.
const nodeLinks = (pod: number) => `
link set lo up
addr add ${NODE_ADDRESS}/32 dev lo
link add pod-id-link0 type bridge
addr add ${AGENT_ADDRESS}/32 dev pod-id-link0
link set pod-id-link0 up
link add enipod address ${POD_GATEWAY.hardware} type veth peer name eth0 netns ${pod}
link set enipod up
`;

// kubevirt/kubevirt pkg/network/setup/netpod/netpod.go, masqueradeBindingSpec, below what VPC CNI leaves.
const POD_LINKS = `
link set lo up
link set eth0 up
addr add ${POD_ADDRESS}/32 dev eth0
route add ${POD_GATEWAY.address} dev eth0 scope link
route add default via ${POD_GATEWAY.address} dev eth0
neigh add ${POD_GATEWAY.address} lladdr ${POD_GATEWAY.hardware} dev eth0 nud permanent
link add k6t-eth0 address 02:00:00:00:00:00 type bridge
addr add ${GUEST.gateway}/24 dev k6t-eth0
link set k6t-eth0 up
tuntap add ${TAP} mode tap user ${QEMU_USER}
link set ${TAP} master k6t-eth0
link set ${TAP} up
`;

// Forwarding as netpod.go sets it. And /dev/net/tun for everybody, as KubeVirt's device plugin gives it to the pod.
const POD_SETTINGS = `
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv4/conf/k6t-eth0/route_localnet
mount -t tmpfs none /dev/net
mknod -m 666 /dev/net/tun c 10 200
`;

// kubevirt/kubevirt 1.9 pkg/network/setup/netpod/masquerade/masquerade.go, for an interface without ports.
const MASQUERADE = `
table ip nat {
  chain KUBEVIRT_PREINBOUND {
    counter dnat to ${GUEST.address}
  }
  chain KUBEVIRT_POSTINBOUND {
    ip saddr { 127.0.0.1 } counter snat to ${GUEST.gateway}
  }
  chain prerouting {
    type nat hook prerouting priority -100;
    iifname "eth0" counter jump KUBEVIRT_PREINBOUND
  }
  chain input {
    type nat hook input priority 100;
  }
  chain output {
    type nat hook output priority -100;
    ip daddr { 127.0.0.1 } counter dnat to ${GUEST.address}
  }
  chain postrouting {
    type nat hook postrouting priority 100;
    ip saddr ${GUEST.address} counter masquerade
    oifname "k6t-eth0" counter jump KUBEVIRT_POSTINBOUND
  }
}
`;

/** KubeVirt's DHCP for such an interface: address, mask and router, for ever, and no other route (pkg/network/dhcp). */
const DHCP = [
  ...["--keep-in-foreground", "--conf-file=/dev/null", "--user=root", "--pid-file="],
  ...["--port=0", "--interface=k6t-eth0", "--bind-interfaces", "--dhcp-authoritative"],
  ...[`--dhcp-range=${GUEST.address},${GUEST.address},255.255.255.0,infinite`],
  `--dhcp-option=option:router,${GUEST.gateway}`,
];

/** One answer of the agent. */
export interface AgentAnswer {
  readonly status: number;
  /** The `day` of the token that it was called with. */
  readonly day: number;
}

/**
 * The network of a node of EKS, and of a virt-launcher pod on it whose interface is bound by masquerade: two namespaces,
 * which exist for as long as this object. The node has the agent of Pod Identity and a stub of STS, the pod has KubeVirt's
 * DHCP. This machine's own network is not touched.
 */
export class PodNetwork implements AsyncDisposable {
  /** The stub of STS on the node. It takes the credentials that the agent gives. */
  readonly stsUrl = `http://${NODE_ADDRESS}:${STS_PORT}`;

  private constructor(
    /** Makes a command run in the pod's namespaces. */
    readonly inPod: (command: readonly string[]) => Command,
    private readonly answers: string,
    private readonly stack: AsyncDisposableStack,
  ) {}

  /**
   * @param folder a folder that does not exist
   * @param logs the folder for what its programs write
   */
  static async create(folder: string, logs: string): Promise<PodNetwork> {
    await using stack = new AsyncDisposableStack();
    await Deno.mkdir(folder);
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    const start = async (name: string, command: Command) =>
      stack.use(await Daemon.start(name, `${logs}/${name}.log`, command));

    // The namespaces end with their last process.
    const node = await namespacesOf(await start("node", HOLDER));
    const pod = await namespacesOf(await start("pod", HOLDER));
    await node.run(["ip", "-batch", "-"], nodeLinks(pod.pid));
    await pod.run(["ip", "-batch", "-"], POD_LINKS);
    await node.run(["ip", "route", "add", POD_ADDRESS, "dev", "enipod"], "");
    await pod.run(["sh", "-e"], POD_SETTINGS);
    await pod.run(["nft", "--file", "-"], MASQUERADE);

    const leases = `--dhcp-leasefile=${folder}/leases`;
    await start("dnsmasq", pod.inside(["dnsmasq", ...DHCP, leases]));
    const answers = `${folder}/answers`;
    const services = await start(
      "node_services",
      node.inside([
        ...[Deno.execPath(), "run", "--quiet", "--frozen", "--allow-net", "--allow-write"],
        `--config=${repositoryPath("deno.json")}`,
        ...[repositoryPath("tests/guest/node_services.ts"), answers, NODE_ADDRESS, `${STS_PORT}`],
      ]),
    );
    await waitFor("agent of Pod Identity", 60, async () => {
      services.assertRunning();
      return await Deno.stat(answers).catch(() => undefined);
    }, 100);
    return new PodNetwork(pod.inside, answers, stack.move());
  }

  /** What the agent has answered so far. */
  async agentAnswers(): Promise<readonly AgentAnswer[]> {
    const text = await Deno.readTextFile(this.answers);
    return text.split("\n").slice(0, -1).map((line) => JSON.parse(line) as AgentAnswer);
  }

  async [Symbol.asyncDispose]() {
    await this.stack.disposeAsync();
  }
}

/** A process in a namespace of network devices, and in one of mounts. */
const HOLDER: Command = ["unshare", "--net", "--mount", "sleep", "infinity"];

interface Namespaces {
  readonly pid: number;
  /** A command in them. */
  inside(command: readonly string[]): Command;
  /** Runs a command in them to its end. */
  run(command: readonly string[], stdin: string): Promise<void>;
}

async function namespacesOf(holder: Daemon): Promise<Namespaces> {
  const namespace = (pid: number | "self") => Deno.readLink(`/proc/${pid}/ns/net`);
  const own = await namespace("self");
  await waitFor(`namespaces of the ${holder.name}`, 20, async () => {
    holder.assertRunning();
    return await namespace(holder.pid) === own ? undefined : true;
  }, 20);
  const inside = (command: readonly string[]): Command => [
    "nsenter",
    ...[`--target=${holder.pid}`, "--net", "--mount"],
    // The programs are in sbin, which not every caller has on its path.
    ...["env", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", ...command],
  ];
  return {
    pid: holder.pid,
    inside,
    async run(command, stdin) {
      const [program, ...args] = inside(command);
      await run(program, args, { stdin });
    },
  };
}
