import {
  type JsonObject,
  objectMember,
  objectsMember,
  stringMember,
} from "../../../src/text/json.ts";
import { settingsIn, settingsTextIn } from "../../support/guest_part.ts";
import { POD_IDENTITY_ENVIRONMENT } from "../../support/pod_identity.ts";
import { followVm } from "../cluster/applied_vm.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { associated, namespace } from "../cluster/objects.ts";
import type { HookManagerProgram } from "../install/kubevirt_manager.ts";
import { ask, type Case, expect } from "./judge.ts";
import { objectsIn } from "./manifest_objects.ts";

const EXAMPLE = "examples/pod-identity.yaml";
/** The volume of the token's folder that the policy adds. */
const SHARE = "pod-identity";
const NAMESPACE = "reports-by-association";

/** The example of EKS Pod Identity, from `kubectl apply` to its cloud-init data. */
export async function podIdentityCases(
  cluster: Cluster,
  repository: string,
  manager: HookManagerProgram,
): Promise<Case[]> {
  const text = await Deno.readTextFile(`${repository}/${EXAMPLE}`);
  const objects = objectsIn(text).filter(({ kind }) => kind !== "Namespace")
    .map((object): JsonObject => ({
      ...object,
      metadata: { ...objectMember(object, "metadata"), namespace: NAMESPACE },
    }));
  await cluster.api.createAll([namespace(NAMESPACE)]);
  await cluster.api.createAll(
    objects.map((object) =>
      "kind" in object && object.kind === "ServiceAccount" ? associated(object) : object
    ),
  );
  const applied = await followVm(cluster, manager, NAMESPACE, "report-writer");
  const { pod, sidecar, domain, cloudInit } = applied;
  return [
    await ask(
      `chain, ${EXAMPLE}: the sidecar has the association's variables, and no others`,
      () => {
        const { env } = sidecar;
        for (const [name, value] of Object.entries(POD_IDENTITY_ENVIRONMENT)) {
          expect(env[name] === value, `${name} is ${env[name]}`);
        }
        expect(env.AWS_ROLE_ARN === undefined, "it has a role by IRSA");
      },
    ),
    await ask(`chain, ${EXAMPLE}: the virtiofs container shares the association's folder`, () => {
      const spec = objectMember(pod, "spec");
      const container = [
        ...objectsMember(spec, "containers"),
        ...objectsMember(spec, "initContainers"),
      ].find(({ name }) => name === `virtiofs-${SHARE}`);
      const mount = objectsMember(container, "volumeMounts")
        .find(({ mountPath }) => JSON.stringify(container?.args).includes(`=${mountPath}"`));
      expect(
        stringMember(mount, "name") === "eks-pod-identity-token",
        `its mounts are ${JSON.stringify(container?.volumeMounts)}`,
      );
      const volume = objectsMember(spec, "volumes").find(({ name }) => name === mount?.name);
      expect(JSON.stringify(volume).includes("pods.eks.amazonaws.com"), JSON.stringify(volume));
    }),
    await ask(`chain, ${EXAMPLE}: the domain has that share alone`, () => {
      const tags = Array.from(
        domain.returned.matchAll(/<target dir="([^"]*)">/g),
        ([, tag]) => tag,
      );
      expect(tags.join() === SHARE, `its filesystems are ${tags.join()}`);
    }),
    await ask(`chain, ${EXAMPLE}: the guest is told the variables and the route`, () => {
      expect(cloudInit !== undefined, "there are no cloud-init data");
      const { variables } = settingsIn(cloudInit.returned.UserData);
      const wanted = {
        ...POD_IDENTITY_ENVIRONMENT,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/run/aws-iam-token/token",
      };
      const sorted = (names: Readonly<Record<string, string>>) =>
        JSON.stringify(Object.entries(names).sort());
      expect(sorted(variables) === sorted(wanted), `it is told ${sorted(variables)}`);
      const text = settingsTextIn(cloudInit.returned.UserData);
      expect(text.includes("\nAGENT_ADDRESS=169.254.170.23\nAGENT_GATEWAY=10.0.2.1\n"), text);
    }),
  ];
}
