import { goBuild, requiredVersion } from "../install/go_build.ts";

/** KubeVirt's virt-api and virt-controller of one release (see kubevirt/main.go). */
export interface KubevirtProgram {
  /** Like `v1.9.0`. */
  readonly version: string;
  readonly program: string;
}

/** The programs of a cluster without nodes. */
export interface ClusterPrograms {
  /** Kubernetes' release, like `v1.36.3`. */
  readonly kubernetes: string;
  /** etcd, kube-apiserver and kubectl (see apiserver/main.go). */
  readonly controlPlane: string;
  readonly kubevirt: KubevirtProgram;
}

/** A module of Go, and the module whose version names what was built. */
interface Build {
  /** The folder below this one. */
  readonly folder: string;
  readonly moduleFile: string;
  readonly named: string;
  readonly program: string;
  readonly tags?: string;
}

const CONTROL_PLANE: Build = {
  folder: "apiserver",
  moduleFile: "go.mod",
  named: "k8s.io/kubernetes",
  program: "control-plane",
};

const KUBEVIRT: Build = {
  folder: "kubevirt",
  moduleFile: "go.mod",
  named: "kubevirt.io/kubevirt",
  program: "kubevirt",
};

const KUBEVIRT_1_8: Build = {
  folder: "kubevirt",
  moduleFile: "v1.8.mod",
  named: "kubevirt.io/kubevirt",
  program: "kubevirt",
  tags: "kubevirt1_8",
};

/**
 * Builds the programs from the Go module proxy, with a low priority. Some 12 minutes of processor time with cold
 * caches; Go's own caches make the second time quick.
 *
 * @param repository its root
 * @throws {JudgeMissing} if Go is missing or too old, or a module cannot be downloaded
 */
export async function clusterPrograms(
  repository: string,
  progress: (step: string) => void,
): Promise<ClusterPrograms> {
  // One after the other: each of them uses all cores.
  const controlPlane = await built(repository, CONTROL_PLANE, progress);
  const kubevirt = await built(repository, KUBEVIRT, progress);
  return { kubernetes: controlPlane.version, controlPlane: controlPlane.program, kubevirt };
}

/**
 * The same programs with KubeVirt 1.8. It shares most packages with 1.9: some 90 seconds of processor time more.
 *
 * @throws {JudgeMissing} as {@link clusterPrograms} does
 */
export async function withKubevirt18(
  programs: ClusterPrograms,
  repository: string,
  progress: (step: string) => void,
): Promise<ClusterPrograms> {
  return { ...programs, kubevirt: await built(repository, KUBEVIRT_1_8, progress) };
}

async function built(
  repository: string,
  { folder, moduleFile, named, program, tags }: Build,
  progress: (step: string) => void,
): Promise<KubevirtProgram> {
  const moduleFolder = `${repository}/tests/conformance/cluster/${folder}`;
  const version = await requiredVersion(`${moduleFolder}/${moduleFile}`, named);
  const output = `${repository}/.cache/conformance/${program}-${version}`;
  progress(`build ${program} ${version}`);
  await goBuild({
    what: `${program} ${version}`,
    folder: moduleFolder,
    moduleFile,
    packages: ["."],
    ...(tags === undefined ? {} : { tags }),
    output,
    isLong: true,
  });
  return { version, program: output };
}
