import assert from "node:assert/strict";
import { POD_IDENTITY_ENVIRONMENT } from "../../support/pod_identity.ts";
import { PUBLISHED } from "./powershell_machine.ts";
import { AWKWARD, OLD, type Scenario, token, variablesOf } from "./powershell_written.ts";

const VARIABLES = {
  ...POD_IDENTITY_ENVIRONMENT,
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: PUBLISHED,
};

const ROUTE = {
  DestinationPrefix: "169.254.170.23/32",
  NextHop: "10.0.2.1",
  InterfaceIndex: 7,
};

const NAME = "eks-pod-identity-token";

/** A machine whose pod has EKS Pod Identity. */
export const POD_IDENTITY_SCENARIOS: Readonly<Record<string, Scenario>> = {
  async "EKS Pod Identity: the variables, the token byte for byte, and the route until the next start"(
    machine,
    { podIdentity },
  ) {
    machine.mountTokens({ [OLD]: token("the association's") }, OLD, { name: NAME });
    const recorded = await machine.runOnce(podIdentity.part);
    assert.deepEqual(recorded.variables, VARIABLES);
    assert.deepEqual(recorded.events, ["Information 1"]);
    assert.equal(machine.published(), token("the association's"));
    assert.deepEqual(recorded.routes, [ROUTE]);
    const again = await machine.runTask(1);
    assert.deepEqual(again.routes, [ROUTE], "the same route is there twice");
    assert.deepEqual(again.events, []);
  },

  async "EKS Pod Identity: a route that went comes back within a round"(machine, { podIdentity }) {
    machine.mountTokens({ [OLD]: token("t") }, OLD, { name: NAME });
    await machine.runOnce(podIdentity.part);
    machine.routes = [{ ...ROUTE, NextHop: "10.0.2.254" }];
    const recorded = await machine.runTask(2);
    assert.deepEqual(recorded.routes, [{ ...ROUTE, NextHop: "10.0.2.254" }, ROUTE]);
    assert.deepEqual(recorded.sleeps, [30, 30]);
  },

  async "EKS Pod Identity: without a network the token is published, and after a minute an event says so"(
    machine,
    { podIdentity },
  ) {
    machine.mountTokens({ [OLD]: token("t") }, OLD, { name: NAME });
    machine.offline = true;
    const recorded = await machine.runOnce(podIdentity.part);
    assert.equal(machine.published(), token("t"));
    assert.deepEqual(recorded.events, ["Warning 12"]);
    assert.match(recorded.messages[0] ?? "", /no route of its own to the agent.*cannot be reached/);
    machine.offline = false;
    const later = await machine.runTask(1);
    assert.deepEqual(later.routes, [ROUTE]);
    assert.deepEqual(later.events, ["Information 1"]);
  },

  async "a VM that changes from IRSA to EKS Pod Identity and back keeps no variable of the other"(
    machine,
    { first, podIdentity },
  ) {
    machine.mountTokens({ [OLD]: token("irsa") }, OLD);
    assert.deepEqual((await machine.runOnce(first.part)).routes, []);
    await machine.restart();
    machine.mountTokens({ [OLD]: token("association") }, OLD, { name: NAME });
    machine.attach("cidata", "D", podIdentity.userData);
    const changed = await machine.runTask(1);
    assert.deepEqual(changed.variables, VARIABLES);
    assert.deepEqual(changed.routes, [ROUTE]);
    assert.equal(machine.published(), token("association"));
    await machine.restart();
    machine.detach();
    machine.mountTokens({ [OLD]: token("irsa again") }, OLD);
    machine.attach("config-2", "E", first.userData);
    const back = await machine.runTask(1);
    assert.deepEqual(back.variables, variablesOf(AWKWARD));
    assert.deepEqual(back.routes, []);
    assert.equal(machine.published(), token("irsa again"));
  },
};
