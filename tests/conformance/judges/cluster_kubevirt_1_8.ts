import {
  ACCOUNT_ANNOTATION,
  ADMISSION_CASES,
  INJECT_LABEL,
} from "../../support/admission_cases.ts";
import { followVm, README_ROLE } from "../cluster/applied_vm.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { namespace, serviceAccount } from "../cluster/objects.ts";
import { type JsonObject, objectMember } from "../../../src/text/json.ts";
import type { HookManagerProgram } from "../install/kubevirt_manager.ts";
import { judgeCase } from "./cluster_admission.ts";
import { chainCases } from "./cluster_chain.ts";
import { ACCOUNT, vmIn } from "./cluster_situation.ts";
import { ask, type Case, expect } from "./judge.ts";

const NAMESPACE = "by-annotation";
/** KubeVirt 1.9's field. */
const FIELD = "serviceAccountName";
const EXAMPLE = "examples/container-path-kubevirt-1.8.yaml";

/** The overlay deploy/kubevirt-1.8, with the API, the webhooks and the controllers of KubeVirt 1.8. */
export async function kubevirt18Cases(
  cluster: Cluster,
  repository: string,
  manager: HookManagerProgram,
): Promise<Case[]> {
  const { api } = cluster;
  const cases: Case[] = [];
  for (const one of ADMISSION_CASES) {
    const expected = one.expectedOn18 ?? one.expected;
    const hasField = FIELD in (objectMember(one.vmi, "spec") ?? {});
    cases.push(
      await ask(`admission, KubeVirt 1.8: ${one.name}`, async () => {
        if (!hasField) return await judgeCase(api, one, expected);
        const { status, body } = await api.create(one.vmi, true);
        const words = `unknown field "spec.${FIELD}"`;
        expect(status === 400 && String(body.message).includes(words), String(body.message));
      }),
    );
  }
  await api.createAll([namespace(NAMESPACE)]);
  await api.createAll([serviceAccount(NAMESPACE, ACCOUNT, README_ROLE), vmByAnnotation()]);
  cases.push(
    ...await chainCases(
      await followVm(cluster, manager, NAMESPACE, "vm"),
      README_ROLE,
      ACCOUNT,
      ["serviceaccount", "web-identity"],
    ),
    await ask(`manifest: ${EXAMPLE}, on KubeVirt 1.8`, async () => {
      await cluster.mustKubectl("apply", "-f", `${repository}/${EXAMPLE}`);
      const applied = await followVm(cluster, manager, "reports", "report-writer");
      const role = applied.sidecar.env.AWS_ROLE_ARN;
      expect(role === README_ROLE, `the sidecar's role is ${role}`);
    }),
  );
  return cases;
}

/** A VM that has opted in, and names its account by the annotation. */
function vmByAnnotation(): JsonObject {
  const annotations = { [ACCOUNT_ANNOTATION]: ACCOUNT };
  const vm = vmIn(NAMESPACE, { labels: { [INJECT_LABEL]: "true" }, annotations });
  const spec = objectMember(vm, "spec");
  const template = objectMember(spec, "template");
  const { [FIELD]: _, ...inner } = objectMember(template, "spec") ?? {};
  return { ...vm, spec: { ...spec, template: { ...template, spec: inner } } };
}
