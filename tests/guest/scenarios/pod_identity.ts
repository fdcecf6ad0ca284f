import { ACCESS_KEY } from "../../conformance/judges/sts_stub.ts";
import { AGENT_ADDRESS } from "../../support/pod_identity_agent.ts";
import type { GuestShell } from "../guest_shell.ts";
import { asNobody, boto3, loginShell, roleArn, smallClient } from "../identity.ts";
import type { Machine } from "../machine.ts";
import { TAP } from "../pod_network.ts";
import { waitFor } from "../process.ts";
import { expect } from "../report.ts";
import { rotation } from "../rotation.ts";
import { boot, type Scenario, type ScenarioContext, withMachine } from "../scenario.ts";
import { forgotten, noVariables } from "../sidecar_traces.ts";
import { PROJECTED } from "../token_volume.ts";
import type { MachineSpec } from "../vmi.ts";

/** The role of the stub of STS on the node. */
const ROLE = roleArn("vm-reader");
const IRSA_ROLE = roleArn("vm-by-annotation");
const GATEWAY = "10.0.2.1";

const WEB_IDENTITY = ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"];
const CONTAINER = ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];

const IRSA_VM = {
  name: "vm",
  uuid: "5ca1ab1e-0000-4000-8000-000000000103",
  dataSource: "noCloud",
  userData: "#cloud-config\n{}\n",
  containerPath: "aws-iam-token",
  podNetwork: true,
} as const satisfies MachineSpec;
const POD_IDENTITY_VM = { ...IRSA_VM, identity: "pod identity" } as const satisfies MachineSpec;

/** A VM on the pod's network whose pod has an association of EKS Pod Identity. */
export const podIdentity: Scenario = {
  name: "pod-identity",
  about: "EKS Pod Identity behind KubeVirt's masquerade; a VM that changes to it, and one back",
  guests: ["debian13"],
  async run(context: ScenarioContext) {
    // There is one tap device.
    using _turn = await context.rig.turns.take(TAP);
    await toPodIdentity(context);
    await toIrsa(context);
  },
};

async function toPodIdentity(context: ScenarioContext): Promise<void> {
  const check = context.report.check.bind(context.report, context.guest);
  await withMachine(context, "to-pod-identity", IRSA_VM, "owned", async (machine) => {
    const irsa = await boot(context, machine, 4, "boot with IRSA on NoCloud", { role: IRSA_ROLE });
    await check(4, "the role by IRSA", () => smallClient(irsa.shell, IRSA_ROLE));
    await machine.shutDown();

    machine.spec = POD_IDENTITY_VM;
    await machine.rotate();
    const what = "boot of the same VM with Pod Identity";
    const { shell } = await boot(context, machine, 11, what, {});
    await check(4, "nothing of IRSA on NoCloud", async () => {
      await forgotten(shell, IRSA_ROLE);
      return await noVariables(shell, WEB_IDENTITY);
    });
    await check(11, "the AWS CLI of nobody", () => loginShell(shell, ROLE, asNobody));
    await check(11, "boto3 of nobody", () => boto3(shell, ROLE, asNobody));
    await check(11, "the published token is the pod's, byte for byte", () => sameToken(shell));
    await check(11, "the route to the agent", () => routeToAgent(shell));
    await check(11, "with a link-local route in the guest", async () => {
      await shell.output(
        "ip route add 169.254.0.0/16 dev $(ls -d /sys/class/net/e* | cut -d/ -f5)",
      );
      return await fromAgent(shell);
    });
    await check(11, "with a default route by a second interface", async () => {
      await shell.output(`ip link add second type dummy && ip addr add 192.0.2.2/24 dev second &&
        ip link set second up && ip route add default via 192.0.2.1 dev second metric 1`);
      return await fromAgent(shell);
    });
    await check(11, "without the route", () => withoutRoute(shell));
    await check(11, "a route that was removed comes back", () => routeComesBack(shell));
    await check(
      3,
      "Pod Identity's token, replaced while two users read it",
      () => rotation(machine, shell, ["app", "stranger"]),
    );
    await check(11, "the agent gets the new token", async () => {
      await fromAgent(shell);
      return await answeredToday(context, machine);
    });
    await machine.pullPlug();
  });
}

async function toIrsa(context: ScenarioContext): Promise<void> {
  const check = context.report.check.bind(context.report, context.guest);
  const spec = { ...POD_IDENTITY_VM, dataSource: "configDrive" } as const;
  await withMachine(context, "to-irsa", spec, "root", async (machine) => {
    const first = await boot(context, machine, 11, "boot with Pod Identity on ConfigDrive", {});
    await check(11, "credentials on ConfigDrive", () => fromAgent(first.shell));
    await machine.shutDown();

    machine.spec = { ...IRSA_VM, dataSource: "configDrive" };
    const { shell } = await boot(context, machine, 4, "boot of the same VM with IRSA", {
      role: IRSA_ROLE,
    });
    await check(4, "the role by IRSA, after Pod Identity", () => smallClient(shell, IRSA_ROLE));
    await check(4, "nothing of Pod Identity on ConfigDrive", async () => {
      await forgotten(shell, AGENT_ADDRESS);
      return await noVariables(shell, CONTAINER);
    });
    await machine.pullPlug();
  });
}

// What an SDK's container provider does, without the many seconds that an SDK takes to start.
const CLIENT = `
import json, os, urllib.request as http
with open(os.environ["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]) as file:
    headers = {"Authorization": file.read()}
url = os.environ["AWS_CONTAINER_CREDENTIALS_FULL_URI"]
with http.urlopen(http.Request(url, headers=headers), timeout=5) as response:
    print(json.load(response)["AccessKeyId"])
`;

async function askAgent(shell: GuestShell) {
  return await shell.exec("/bin/sh", ["-c", asNobody("python3 -")], CLIENT, 120);
}

/** The smallest client gets credentials. */
async function fromAgent(shell: GuestShell): Promise<string> {
  const { stdout, stderr } = await askAgent(shell);
  expect(stdout.trim() === ACCESS_KEY, `the agent gave ${stdout}, and the client says ${stderr}`);
  return "the agent gives credentials";
}

async function sameToken(shell: GuestShell): Promise<string> {
  const name = PROJECTED["pod identity"].name;
  return await shell.output(
    `share=$(awk '$3 == "virtiofs" { print $2 }' /proc/mounts) &&
     cmp /run/aws-iam-token/token "$share/..data/${name}" && wc -c </run/aws-iam-token/token`,
  ).then((bytes) => `${bytes.trim()} bytes`);
}

async function routeToAgent(shell: GuestShell): Promise<string> {
  const route = (await shell.output(`ip route show ${AGENT_ADDRESS}`)).trim();
  expect(route.includes(`via ${GATEWAY}`), `the route is: ${route}`);
  return route;
}

/** Shows what the route is for, while the refresher cannot put it back. */
async function withoutRoute(shell: GuestShell): Promise<string> {
  const signal = (name: string) => shell.output(`systemctl kill --signal=${name} aws-iam-token`);
  await signal("STOP");
  try {
    await shell.output(`ip route del ${AGENT_ADDRESS}`);
    const { code, stderr } = await askAgent(shell);
    expect(code !== 0, "the agent gives credentials: the routes of this guest do not hide it");
    return stderr.trim().split("\n").at(-1) ?? "";
  } finally {
    await signal("CONT");
  }
}

async function routeComesBack(shell: GuestShell): Promise<string> {
  const isBack = async () =>
    (await shell.sh(`ip route show ${AGENT_ADDRESS} | grep .`)).code === 0 ? true : undefined;
  await waitFor("route to the agent", 60, isBack);
  await shell.output(`ip route del ${AGENT_ADDRESS}`);
  const removed = Date.now();
  await waitFor("route to the agent", 60, isBack);
  const seconds = Math.round((Date.now() - removed) / 1_000);
  await routeToAgent(shell);
  return `${await fromAgent(shell)}, ${seconds} s after it was removed`;
}

async function answeredToday({ rig }: ScenarioContext, { day }: Machine): Promise<string> {
  const answers = await rig.network.agentAnswers();
  expect(answers.at(-1)?.day === day, `it was called with the token of day ${answers.at(-1)?.day}`);
  const refused = answers.filter(({ status }) => status !== 200).length;
  expect(refused === 0, `the agent has refused ${refused} of ${answers.length} calls`);
  return `the last of ${answers.length} calls was with the token of day ${day}, none was refused`;
}
