import type { CloudInitData } from "../../support/virt_launcher.ts";
import { parseAllDocuments } from "yaml";
import {
  asObject,
  type JsonObject,
  objectMember,
  objectsMember,
  stringMember,
} from "../../../src/text/json.ts";
import type { HookManagerProgram } from "../install/kubevirt_manager.ts";
import { runProgram } from "../install/run_program.ts";
import { HookManager } from "../judges/hook_manager.ts";
import { Pod } from "../judges/pod.ts";
import type { Cluster } from "./cluster.ts";
import { namespace as namespaceOf, serviceAccount } from "./objects.ts";
import { waitFor } from "./processes.ts";

/** The sidecar's image, in any registry. */
const IMAGE = /\/eks-irsa-sidecar:0\.1\.0$/;
const WAIT_SECONDS = 60;

/** A VM from `kubectl apply` to the domain and the cloud-init data that virt-launcher starts it with. */
export interface AppliedVm {
  /** The VMI as the API server has it. */
  readonly vmi: JsonObject;
  /** The pod that virt-controller has created for it. */
  readonly pod: JsonObject;
  /** The sidecar's container in that pod. */
  readonly sidecar: SidecarContainer;
  /** The domain as KubeVirt's converter writes it, and as the sidecar returned it. */
  readonly domain: { readonly given: string; readonly returned: string };
  /** The cloud-init data before and after PreCloudInitIso; none for a VM without cloud-init. */
  readonly cloudInit:
    | { readonly given: CloudInitData; readonly returned: CloudInitData }
    | undefined;
}

export interface SidecarContainer {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Waits for the VMI of a VM that was applied. */
export async function vmiOf(cluster: Cluster, namespace: string, name: string) {
  const path = `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachineinstances/${name}`;
  return await waitFor(`VMI ${namespace}/${name}`, WAIT_SECONDS, async () => {
    const { status, body } = await cluster.api.request("GET", path);
    return status === 200 ? body : undefined;
  });
}

/** Waits for the pod that virt-controller creates for a VMI. */
export async function podOf(cluster: Cluster, vmi: JsonObject): Promise<JsonObject> {
  const metadata = objectMember(vmi, "metadata");
  const path = `/api/v1/namespaces/${metadata?.namespace}/pods`;
  return await waitFor(`pod of the VMI ${metadata?.name}`, WAIT_SECONDS, async () => {
    const { items } = await cluster.api.must("GET", path);
    return objectsMember({ items }, "items").find((pod) =>
      objectsMember(objectMember(pod, "metadata"), "ownerReferences")
        .some(({ uid }) => uid === metadata?.uid)
    );
  });
}

/** The sidecar's container, as it is in the pod. */
export function sidecarIn(pod: JsonObject): SidecarContainer | undefined {
  const containers = objectsMember(objectMember(pod, "spec"), "containers");
  const container = containers.find(({ image }) => IMAGE.test(String(image)));
  if (container === undefined) return undefined;
  const args: unknown = container.args;
  return {
    name: String(container.name),
    args: Array.isArray(args) ? args.map(String) : [],
    env: Object.fromEntries(
      objectsMember(container, "env").map((variable) => [
        String(variable.name),
        stringMember(variable, "value") ?? "",
      ]),
    ),
  };
}

/**
 * Follows a VM that was applied: its VMI, its pod, a sidecar process with that container's name, args and environment,
 * and KubeVirt's own converter and hook manager, which calls the sidecar.
 */
export async function followVm(
  cluster: Cluster,
  manager: HookManagerProgram,
  namespace: string,
  name: string,
): Promise<AppliedVm> {
  const vmi = await vmiOf(cluster, namespace, name);
  const pod = await podOf(cluster, vmi);
  const sidecar = sidecarIn(pod);
  if (sidecar === undefined) throw new Error(`the pod of ${name} has no sidecar`);
  const given = await domainOf(cluster, vmi);

  await using machine = await Pod.create(manager.hookFolder);
  // From source, the sidecar would look for its packages where the container's XDG_CACHE_HOME says.
  const DENO_DIR = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
  const { name: container, args, env } = sidecar;
  await machine.startSidecar({ name: container, args, env: { DENO_DIR, ...env } });
  const launcher = new HookManager(machine, manager.program);
  await launcher.collect(1);
  // In virt-launcher's order.
  const hasCloudInit = objectsMember(objectMember(vmi, "spec"), "volumes")
    .some((volume) => "cloudInitNoCloud" in volume || "cloudInitConfigDrive" in volume);
  const data = hasCloudInit ? await launcher.preCloudInitIso(vmi) : undefined;
  const defined = await launcher.onDefineDomain(vmi, given);
  return {
    vmi,
    pod,
    sidecar,
    domain: { given: defined.sent, returned: defined.domain },
    cloudInit: data && {
      given: { ...data.before, UserData: data.userDataBefore.toString() },
      returned: { ...data.after, UserData: data.userDataAfter.toString() },
    },
  };
}

/** The domain of a VMI, by KubeVirt's own converter. */
async function domainOf({ programs, folder }: Cluster, vmi: JsonObject): Promise<string> {
  const file = `${folder}/vmi-${objectMember(vmi, "metadata")?.uid}.json`;
  await Deno.writeTextFile(file, JSON.stringify(vmi));
  const { program } = programs.kubevirt;
  return (await runProgram([program, "domain", "amd64", file])).stdout;
}

const README_VM = "examples/linux.yaml";

/** The role of the account `report-writer` in the namespace `reports`. */
export const README_ROLE = "arn:aws:iam::111122223333:role/report-writer";

/** The VM of README.md, applied as its reader does. */
export interface ReadmeVm {
  readonly namespace: string;
  readonly name: string;
  readonly account: string;
  /** The file that was applied. */
  readonly file: string;
}

/**
 * Applies the VM that README.md applies, in a namespace whose service account has a role.
 *
 * @throws {Error} if README.md no longer names its file, or kubectl refuses something
 */
export async function applyReadmeVm(cluster: Cluster, repository: string): Promise<ReadmeVm> {
  const readme = await Deno.readTextFile(`${repository}/README.md`);
  if (!readme.includes(`${README_VM} | kubectl apply -f -`)) {
    throw new Error(`README.md does not apply ${README_VM}`);
  }
  const file = `${repository}/${README_VM}`;
  const objects = parseAllDocuments(await Deno.readTextFile(file));
  const vm = (Array.isArray(objects) ? objects : [])
    .map((document) => asObject(document.toJS()))
    .find((object) => object?.kind === "VirtualMachine");
  const metadata = objectMember(vm, "metadata");
  const [name, namespace] = [String(metadata?.name), String(metadata?.namespace)];
  const spec = objectMember(objectMember(objectMember(vm, "spec"), "template"), "spec");
  const account = String(spec?.serviceAccountName);
  // eksctl's part.
  for (const object of [namespaceOf(namespace), serviceAccount(namespace, account, README_ROLE)]) {
    const { status, body } = await cluster.api.create(object);
    if (status !== 201 && status !== 409) throw new Error(String(body.message));
  }
  await cluster.mustKubectl("apply", "-f", file);
  return { namespace, name, account, file };
}
