import assert from "node:assert/strict";
import { asObject, type JsonObject, objectMember } from "../../../src/text/json.ts";
import {
  ADMISSION_CASES,
  type AdmissionCase,
  type ExpectedAdmission,
  expectedVmi,
  INJECT_LABEL,
  NAMESPACES,
  SERVICE_ACCOUNTS,
} from "../../support/admission_cases.ts";
import type { KubernetesApi } from "../cluster/api.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { waitFor } from "../cluster/processes.ts";
import { ask, type Case, expect } from "./judge.ts";

/** Creates the namespaces and the service accounts of the cases. */
export async function createCaseNamespaces(api: KubernetesApi): Promise<void> {
  await api.createAll(NAMESPACES);
  await api.createAll(SERVICE_ACCOUNTS);
}

/**
 * Every case of the table. A VMI that is expected after admission is itself sent to the API server, opted out: what comes
 * back has KubeVirt's own defaults, and has to be the same in all fields.
 */
export async function admissionCases(api: KubernetesApi): Promise<Case[]> {
  const cases: Case[] = [];
  for (const one of ADMISSION_CASES) {
    cases.push(await ask(`admission: ${one.name}`, () => judgeCase(api, one, one.expected)));
  }
  return cases;
}

/** The same with the overlay for KubeVirt 1.8, on the API of 1.9. */
export async function admissionCasesOn18(cluster: Cluster, repository: string): Promise<Case[]> {
  const { api } = cluster;
  await cluster.mustKubectl("apply", "-k", `${repository}/deploy/kubevirt-1.8`);
  const probe = ADMISSION_CASES.find(({ expectedOn18 }) => expectedOn18?.kind === "enrolled");
  assert(probe !== undefined);
  await waitFor("effect of the overlay", 120, async () => {
    const { body } = await api.create(probe.vmi, true);
    return objectMember(body, "spec")?.serviceAccountName === undefined || undefined;
  });
  const cases: Case[] = [];
  for (const one of ADMISSION_CASES) {
    const expected = one.expectedOn18 ?? one.expected;
    cases.push(
      await ask(`admission, kubevirt-1.8: ${one.name}`, () => judgeCase(api, one, expected)),
    );
  }
  return cases;
}

export async function judgeCase(
  api: KubernetesApi,
  one: AdmissionCase,
  expected: ExpectedAdmission,
): Promise<void> {
  const answer = await api.create(one.vmi, true);
  if (expected.kind === "refused") {
    const message = String(answer.body.message);
    expect(answer.status >= 400, "it was accepted");
    expect(
      message.includes(expected.message),
      `it should say "${expected.message}", but says: ${message}`,
    );
    return;
  }
  expect(answer.status === 201, `it was refused: ${answer.status} ${answer.body.message}`);
  const twin = await api.create(optedOut(expectedVmi(one, expected)), true);
  expect(twin.status === 201, `the expected VMI was refused: ${twin.body.message}`);
  assert.deepEqual(comparable(answer.body), comparable(twin.body));

  const again = await api.create(resubmitted(answer.body), true);
  expect(again.status === 201, `refused when it is submitted again: ${again.body.message}`);
  assert.deepEqual(comparable(again.body), comparable(answer.body));
}

function optedOut(vmi: JsonObject): JsonObject {
  const metadata = objectMember(vmi, "metadata");
  return {
    ...vmi,
    metadata: {
      ...metadata,
      labels: { ...objectMember(metadata, "labels"), [INJECT_LABEL]: "false" },
    },
  };
}

/** An admitted VMI as somebody would create it anew. */
function resubmitted(vmi: JsonObject): JsonObject {
  const { name, namespace, labels, annotations, ownerReferences } = objectMember(vmi, "metadata") ??
    {};
  return {
    apiVersion: vmi.apiVersion,
    kind: vmi.kind,
    metadata: { name, namespace, labels, annotations, ownerReferences },
    spec: vmi.spec,
  };
}

/** A VMI without what is another one each time, and without the label that opted the twin out. */
function comparable(vmi: JsonObject): JsonObject {
  const { apiVersion, kind, metadata, spec } = resubmitted(vmi);
  const { [INJECT_LABEL]: _, ...labels } = objectMember(asObject(metadata), "labels") ?? {};
  const { annotations, ...rest } = asObject(metadata) ?? {};
  return JSON.parse(JSON.stringify({
    apiVersion,
    kind,
    metadata: { ...rest, labels, annotations: annotations ?? {} },
    spec: withoutFirmwareUuid(asObject(spec) ?? {}),
  }));
}

/** KubeVirt gives every VMI a random one. */
function withoutFirmwareUuid(spec: JsonObject): JsonObject {
  const domain = objectMember(spec, "domain");
  const { uuid: _, ...firmware } = objectMember(domain, "firmware") ?? {};
  return { ...spec, domain: { ...domain, firmware } };
}
