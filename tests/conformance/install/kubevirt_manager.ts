import { type Bench, JudgeMissing } from "../judges/judge.ts";
import { findProgram, runProgram } from "./run_program.ts";

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
 * Compiles the programs of `kubevirt/` against each release. Go's own caches make the second time quick.
 *
 * @throws {JudgeMissing} if Go is missing or the modules cannot be downloaded
 */
export async function hookManagerPrograms(bench: Bench): Promise<HookManagerProgram[]> {
  if (await findProgram("go") === undefined) {
    throw new JudgeMissing(
      "there is no go in PATH; install Go 1.21 or newer (https://go.dev/doc/install): Debian 12's is older",
    );
  }
  const cwd = `${bench.repository}/tests/conformance/kubevirt`;
  const programs: HookManagerProgram[] = [];
  for (const { moduleFile, hookFolder, hasPlugins } of RELEASES) {
    const required = await Deno.readTextFile(`${cwd}/${moduleFile}`);
    const version = /^\s*kubevirt\.io\/kubevirt (\S+)$/m.exec(required)?.[1];
    if (version === undefined) throw new Error(`${moduleFile} requires no kubevirt.io/kubevirt`);
    const compile = async (what: string, source: string, program: string): Promise<string> => {
      bench.progress(`KubeVirt ${version}: compile its ${what}`);
      try {
        await runProgram(["go", "build", `-modfile=${moduleFile}`, "-o", program, source], {
          cwd,
          env: { CGO_ENABLED: "0" },
        });
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new JudgeMissing(`cannot compile KubeVirt's ${what}: ${reason}`);
      }
      return program;
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
