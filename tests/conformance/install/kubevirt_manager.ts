import type { Bench } from "../judges/judge.ts";
import { goBuild, requiredVersion } from "./go_build.ts";

/** KubeVirt's hook manager of one release, compiled into a program (see kubevirt/main.go). */
export interface HookManagerProgram {
  readonly version: string;
  readonly program: string;
  /** The release's pipeline of Plugins (see kubevirt/plugins/main.go); undefined if it has no Plugins. */
  readonly pluginsProgram: string | undefined;
  readonly hookFolder: HookFolder;
}

/**
 * How a release mounts the hook folder for sidecars: a subfolder for each, with the container's name in
 * `CONTAINER_NAME`; or, up to v1.5, one folder for all, without a name.
 */
export type HookFolder = "a folder for each" | "one folder for all";

/** The releases, by the module file that requires them: the newest, and one from two years before. */
const RELEASES: readonly {
  readonly moduleFile: string;
  readonly hookFolder: HookFolder;
  readonly hasPlugins: boolean;
}[] = [
  { moduleFile: "go.mod", hookFolder: "a folder for each", hasPlugins: true },
  { moduleFile: "v1.3.mod", hookFolder: "one folder for all", hasPlugins: false },
];

/**
 * Compiles the programs of `kubevirt/` against each release.
 *
 * @throws {JudgeMissing} if Go is missing or the modules cannot be downloaded
 */
export async function hookManagerPrograms(bench: Bench): Promise<HookManagerProgram[]> {
  const folder = `${bench.repository}/tests/conformance/kubevirt`;
  const programs: HookManagerProgram[] = [];
  for (const { moduleFile, hookFolder, hasPlugins } of RELEASES) {
    const version = await requiredVersion(`${folder}/${moduleFile}`, "kubevirt.io/kubevirt");
    const compile = async (what: string, source: string, output: string): Promise<string> => {
      bench.progress(`KubeVirt ${version}: compile its ${what}`);
      await goBuild({
        what: `KubeVirt's ${what}`,
        folder,
        moduleFile,
        packages: [source],
        output,
      });
      return output;
    };
    programs.push({
      version,
      hookFolder,
      program: await compile("hook manager", ".", `${bench.cache}/hook-manager-${version}`),
      pluginsProgram: hasPlugins
        ? await compile("Plugins", "./plugins", `${bench.cache}/plugins-${version}`)
        : undefined,
    });
  }
  return programs;
}
