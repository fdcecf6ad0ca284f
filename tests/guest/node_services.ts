/**
 * What a node offers to its pods: the agent of Pod Identity at its own address, and, in AWS's place, a stub of STS.
 *
 * Usage: node_services.ts ANSWERS STS_ADDRESS STS_PORT. Each answer of the agent is a line of JSON in the file ANSWERS,
 * which is made once both listen.
 */
import { ACCESS_KEY, StsStub } from "../conformance/judges/sts_stub.ts";
import { AGENT_ADDRESS, claimsOf, PodIdentityAgent } from "../support/pod_identity_agent.ts";
import type { AgentAnswer } from "./pod_network.ts";

const [answers = "", stsAddress, stsPort] = Deno.args;
const agent = new PodIdentityAgent({
  accessKeyId: ACCESS_KEY,
  answered({ status, token }) {
    const answer: AgentAnswer = { status, day: Number(claimsOf(token)?.day) };
    Deno.writeTextFileSync(answers, `${JSON.stringify(answer)}\n`, { append: true });
  },
});
new StsStub(stsAddress, Number(stsPort));
Deno.serve(
  { hostname: AGENT_ADDRESS, port: 80, onListen: () => Deno.writeTextFileSync(answers, "") },
  (request) => agent.answer(request),
);
