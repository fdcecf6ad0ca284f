import { asObject, objectsMember } from "../../../src/text/json.ts";
import { type Finished, runProgram } from "../install/run_program.ts";
import { type ApiAnswer, KubernetesApi, pathOf } from "./api.ts";
import { namespace } from "./objects.ts";
import { ClusterProcess, freePort, waitFor } from "./processes.ts";
import type { ClusterPrograms } from "./programs.ts";

/** As EKS names the issuer of a cluster's tokens. */
const ISSUER = "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE";

/** KubeVirt's namespace. */
const KUBEVIRT = "kubevirt";

/** The feature gates that the product needs. */
export const FEATURE_GATES = ["Sidecar", "ContainerPathVolumes"];

const START_SECONDS = 600;

/**
 * A Kubernetes cluster with KubeVirt and without nodes, on loopback: what `kubectl apply` of a VM meets, up to the pod
 * that KubeVirt creates for it. It leaves no process and no file behind.
 */
export class Cluster implements AsyncDisposable {
  private constructor(
    readonly folder: string,
    readonly programs: ClusterPrograms,
    readonly api: KubernetesApi,
    private readonly stack: AsyncDisposableStack,
    private readonly processes: readonly ClusterProcess[],
  ) {}

  static async start(programs: ClusterPrograms): Promise<Cluster> {
    await using stack = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "cluster-" });
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    const processes: ClusterProcess[] = [];
    const start = (name: string, command: [string, ...string[]], env?: Record<string, string>) => {
      const started = ClusterProcess.start(name, `${folder}/${name}.log`, command, env);
      processes.push(stack.use(started));
      return started;
    };
    // Not even an interruption, after which nothing is disposed of, leaves anything behind.
    const end = () => {
      for (const process of processes) process.kill();
      Deno.removeSync(folder, { recursive: true });
    };
    globalThis.addEventListener("unload", end);
    stack.defer(() => globalThis.removeEventListener("unload", end));

    await runProgram([programs.controlPlane, "keys", folder]);
    const token = crypto.randomUUID();
    await Deno.writeTextFile(`${folder}/tokens.csv`, `${token},admin,admin,system:masters\n`);
    const [etcd, etcdPeer, apiPort, virtApiPort] = [
      freePort(),
      freePort(),
      freePort(),
      freePort(),
    ];
    start("etcd", [
      programs.controlPlane,
      "etcd",
      `--data-dir=${folder}/etcd`,
      "--unsafe-no-fsync",
      `--listen-client-urls=http://127.0.0.1:${etcd}`,
      `--advertise-client-urls=http://127.0.0.1:${etcd}`,
      `--listen-peer-urls=http://127.0.0.1:${etcdPeer}`,
      `--initial-advertise-peer-urls=http://127.0.0.1:${etcdPeer}`,
      `--initial-cluster=default=http://127.0.0.1:${etcdPeer}`,
      "--log-level=warn",
    ]);
    start("kube-apiserver", [
      programs.controlPlane,
      "kube-apiserver",
      `--etcd-servers=http://127.0.0.1:${etcd}`,
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${apiPort}`,
      `--tls-cert-file=${folder}/server.crt`,
      `--tls-private-key-file=${folder}/server.key`,
      `--token-auth-file=${folder}/tokens.csv`,
      // virt-api reads them from a ConfigMap that the API server writes.
      `--client-ca-file=${folder}/ca.crt`,
      `--requestheader-client-ca-file=${folder}/ca.crt`,
      "--requestheader-allowed-names=front-proxy",
      "--requestheader-username-headers=X-Remote-User",
      "--requestheader-group-headers=X-Remote-Group",
      "--requestheader-extra-headers-prefix=X-Remote-Extra-",
      `--service-account-issuer=${ISSUER}`,
      `--service-account-key-file=${folder}/service-account.key`,
      `--service-account-signing-key-file=${folder}/service-account.key`,
      "--authorization-mode=RBAC",
      "--service-cluster-ip-range=10.0.0.0/24",
      "--allow-privileged",
      "--endpoint-reconciler-type=none",
    ]);
    const authority = await Deno.readTextFile(`${folder}/ca.crt`);
    const url = `https://127.0.0.1:${apiPort}`;
    const api = stack.use(new KubernetesApi(url, authority, token));
    await waitFor("API server", START_SECONDS, async () => {
      processes.forEach((process) => process.assertRunning());
      return await isReady(() => api.request("GET", "/readyz"));
    });
    await writeKubeconfig(folder, "admin", url, token);

    const virtApi = `https://127.0.0.1:${virtApiPort}`;
    await installKubevirt(programs, api, folder, virtApi, start, virtApiPort);
    return new Cluster(folder, programs, api, stack.move(), processes);
  }

  /** Runs kubectl as the cluster's administrator. */
  async kubectl(...args: readonly string[]): Promise<Finished> {
    for (const process of this.processes) process.assertRunning();
    return await runProgram([
      this.programs.controlPlane,
      "kubectl",
      `--kubeconfig=${this.folder}/admin.kubeconfig`,
      `--cache-dir=${this.folder}/kubectl-cache`,
      ...args,
    ], { anyExitCode: true, seconds: 120 });
  }

  /**
   * Runs a command of the documentation as its reader does: in the repository, with kubectl in PATH.
   *
   * @param repository its root
   */
  async shell(repository: string, command: string): Promise<Finished> {
    const bin = `${this.folder}/bin`;
    await Deno.mkdir(bin, { recursive: true });
    const kubectl =
      `exec ${this.programs.controlPlane} kubectl --kubeconfig=${this.folder}/admin.kubeconfig "$@"`;
    await Deno.writeTextFile(`${bin}/kubectl`, `#!/bin/sh\n${kubectl}\n`, { mode: 0o755 });
    return await runProgram(["sh", "-ec", command], {
      cwd: repository,
      env: { PATH: `${bin}:${Deno.env.get("PATH")}`, KUBECACHEDIR: `${this.folder}/kubectl-cache` },
      anyExitCode: true,
      seconds: 120,
    });
  }

  /** @throws {Error} if kubectl fails */
  async mustKubectl(...args: readonly string[]): Promise<Finished> {
    const finished = await this.kubectl(...args);
    if (finished.code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${finished.stderr}`);
    return finished;
  }

  /** The memory of all processes, by their names. */
  memoryMegabytes(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      this.processes.map((process) => [
        process.name,
        Math.round(process.residentKilobytes() / 1_024),
      ]),
    );
  }

  /** Processor time of the API server so far. */
  apiServerMs(): number {
    return this.processes.find(({ name }) => name === "kube-apiserver")?.processorMs() ?? 0;
  }

  /** Sets KubeVirt's feature gates. The caller waits until KubeVirt has seen them. */
  async setFeatureGates(gates: readonly string[]): Promise<void> {
    const patch = {
      spec: { configuration: { developerConfiguration: { featureGates: gates } } },
    };
    await this.api.must("PATCH", pathOf(KUBEVIRT_RESOURCE), patch, "application/merge-patch+json");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stack.disposeAsync();
  }
}

const KUBEVIRT_RESOURCE = {
  apiVersion: "kubevirt.io/v1",
  kind: "KubeVirt",
  metadata: { name: "kubevirt", namespace: KUBEVIRT },
  spec: { configuration: { developerConfiguration: { featureGates: FEATURE_GATES } } },
};

/** Does what virt-operator does, and starts virt-api and virt-controller as their Deployments do. */
async function installKubevirt(
  { kubevirt }: ClusterPrograms,
  api: KubernetesApi,
  folder: string,
  virtApi: string,
  start: (name: string, command: [string, ...string[]], env?: Record<string, string>) => unknown,
  virtApiPort: number,
): Promise<void> {
  const written = await runProgram([kubevirt.program, "objects", virtApi, `${folder}/ca.crt`]);
  const objects = asObject(JSON.parse(written.stdout)) ?? {};
  await api.createAll([namespace(KUBEVIRT), ...objectsMember(objects, "crds")]);
  await Promise.all(
    objectsMember(objects, "crds").map(async (crd) => {
      await waitFor(`established ${pathOf(crd)}`, START_SECONDS, async () => {
        const { status } = await api.must("GET", pathOf(crd));
        const conditions = objectsMember(asObject(status), "conditions");
        return conditions.some(({ type, status }) => type === "Established" && status === "True") ||
          undefined;
      });
    }),
  );
  await waitFor("resource KubeVirt", START_SECONDS, async () => {
    const { status } = await api.create(KUBEVIRT_RESOURCE);
    return status === 201 || undefined;
  });
  // virt-operator's. Without the phase and the architecture virt-api admits nothing.
  const status = {
    phase: "Deployed",
    defaultArchitecture: "amd64",
    observedKubeVirtVersion: kubevirt.version,
  };
  await api.must(
    "PATCH",
    `${pathOf(KUBEVIRT_RESOURCE)}/status`,
    { status },
    "application/merge-patch+json",
  );
  await api.createAll([
    ...objectsMember(objects, "rbac"),
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "kubevirt-ca", namespace: KUBEVIRT },
      data: { "ca-bundle": await Deno.readTextFile(`${folder}/ca.crt`) },
    },
  ]);
  for (const account of ["kubevirt-apiserver", "kubevirt-controller"]) {
    const { status } = await api.must(
      "POST",
      `/api/v1/namespaces/${KUBEVIRT}/serviceaccounts/${account}/token`,
      { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
    );
    await writeKubeconfig(folder, account, api.url, String(asObject(status)?.token));
  }
  const keys = (name: string) => [
    `--${name}-cert-file=${folder}/server.crt`,
    `--${name}-key-file=${folder}/server.key`,
  ];
  start("virt-api", [
    kubevirt.program,
    "virt-api",
    `--kubeconfig=${folder}/kubevirt-apiserver.kubeconfig`,
    "--listen=127.0.0.1",
    `--port=${virtApiPort}`,
    ...keys("tls"),
    ...keys("handler"),
  ]);
  start("virt-controller", [
    kubevirt.program,
    "virt-controller",
    `--kubeconfig=${folder}/kubevirt-controller.kubeconfig`,
    "--listen=127.0.0.1",
    `--port=${freePort()}`,
    ...keys("prom"),
    `--launcher-image=registry.example/virt-launcher:${kubevirt.version}`,
    `--exporter-image=registry.example/virt-exportserver:${kubevirt.version}`,
  ], { POD_NAMESPACE: KUBEVIRT });
  const authority = await Deno.readTextFile(`${folder}/ca.crt`);
  using virtApiClient = new KubernetesApi(virtApi, authority, "");
  await waitFor(
    "virt-api",
    START_SECONDS,
    () => isReady(() => virtApiClient.request("GET", "/healthz")),
  );
  await api.createAll(objectsMember(objects, "webhooks"));
  // The API server has seen the webhooks as soon as KubeVirt refuses what it always refuses.
  await waitFor("answer of KubeVirt's webhooks", START_SECONDS, async () => {
    const { status } = await api.create(DISK_WITHOUT_VOLUME, true);
    return status === 422 || undefined;
  });
  await api.createAll(objectsMember(objects, "instanceTypes"));
}

/** A VMI that KubeVirt's validating webhook refuses, for its disk has no volume. */
const DISK_WITHOUT_VOLUME = {
  apiVersion: "kubevirt.io/v1",
  kind: "VirtualMachineInstance",
  metadata: { name: "webhooks", namespace: KUBEVIRT },
  spec: {
    domain: { devices: { disks: [{ name: "of-no-volume", disk: {} }] }, memory: { guest: "1Gi" } },
  },
};

async function isReady(ask: () => Promise<ApiAnswer>): Promise<true | undefined> {
  try {
    return (await ask()).status < 400 || undefined;
  } catch (error) {
    if (error instanceof TypeError) return undefined; // it does not listen yet
    throw error;
  }
}

async function writeKubeconfig(
  folder: string,
  user: string,
  server: string,
  token: string,
): Promise<void> {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{
      name: "cluster",
      cluster: { server, "certificate-authority": `${folder}/ca.crt` },
    }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: "context", context: { cluster: "cluster", user } }],
    "current-context": "context",
  };
  await Deno.writeTextFile(`${folder}/${user}.kubeconfig`, JSON.stringify(config));
}
