import { repositoryPath } from "../tests/support/paths.ts";
import { IRSA_ENVIRONMENT } from "../tests/support/sidecar.ts";
import { imageEnvironment, pack } from "./pack.ts";

/** A sidecar that is measured. */
export interface Subject {
  readonly name: "sidecar" | "peer";
  /** What it is, for the reader of the table. */
  readonly description: string;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The files that it is made of on disk. */
  readonly files: readonly string[];
}

/** This program, as it is shipped or, where that cannot be had, as near to it as can be run. */
export async function prepareSidecar(): Promise<Subject> {
  const named = (Deno.env.get("SIDECAR_CMD") ?? "").split(" ").filter(Boolean);
  const [program] = named;
  const env = {
    ...IRSA_ENVIRONMENT,
    ...await imageEnvironment(),
    CONTAINER_NAME: "hook-sidecar-0",
    PATH: "/usr/bin:/bin",
  };
  if (program !== undefined) {
    return {
      name: "sidecar",
      description: `the command ${named.join(" ")}`,
      command: named,
      env,
      files: [program],
    };
  }
  const packed = await pack();
  // The deno executable looks for a newer Deno, and analyses a module before it runs it. The binary does neither.
  const denoEnv = {
    ...env,
    DENO_DIR: repositoryPath(".cache/bench/deno"),
    DENO_NO_UPDATE_CHECK: "1",
  };
  await keepAnalysis(packed.command, denoEnv);
  return {
    name: "sidecar",
    description: "the bundle that the binary embeds, run by the deno executable in place of denort",
    command: packed.command,
    env: denoEnv,
    files: [Deno.execPath(), ...packed.files],
  };
}

/** Runs the program once, so that `DENO_DIR` has the analysis of its modules and no start makes it again. */
async function keepAnalysis(
  [program = "", ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    args: [...args, "version"],
    env,
    clearEnv: true,
  }).output();
  if (!success) {
    throw new Error(`The packed sidecar does not run:\n${new TextDecoder().decode(stderr)}`);
  }
}

/** KubeVirt's shim with its own example hooks, and the probe, built from KubeVirt's Go module. */
export async function preparePeer(): Promise<{ readonly peer: Subject; readonly probe: string }> {
  const binaries = repositoryPath(".cache/bench/peer");
  const sidecars = "kubevirt.io/kubevirt/cmd/sidecars";
  await go(["build", "-o", `${binaries}/`, "./probe"]);
  await go(["build", "-o", `${binaries}/sidecar-shim`, sidecars]);
  // The shim looks for the hooks by these names.
  await go(["build", "-o", `${binaries}/hooks/preCloudInitIso`, `${sidecars}/cloudinit`]);
  await go(["build", "-o", `${binaries}/hooks/onDefineDomain`, `${sidecars}/smbios`]);
  return {
    probe: `${binaries}/probe`,
    peer: {
      name: "peer",
      description: "KubeVirt's sidecar-shim with its example hooks cloudinit and smbios",
      command: [`${binaries}/sidecar-shim`, "--version", "v1alpha3"],
      env: { PATH: `${binaries}/hooks:/usr/bin:/bin`, CONTAINER_NAME: "hook-sidecar-0" },
      files: [
        `${binaries}/sidecar-shim`,
        `${binaries}/hooks/preCloudInitIso`,
        `${binaries}/hooks/onDefineDomain`,
      ],
    },
  };
}

/** The bytes of a subject on disk. */
export function sizeOnDisk({ files }: Subject): number {
  return files.reduce((sum, file) => sum + Deno.statSync(file).size, 0);
}

async function go(args: readonly string[]): Promise<void> {
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command("go", {
      args: [...args],
      cwd: repositoryPath("bench/peer"),
    }).output();
  } catch {
    throw new Error("The peer is built with Go, and there is no `go`: install Go 1.26 or later.");
  }
  if (!output.success) {
    throw new Error(`go ${args.join(" ")} failed:\n${new TextDecoder().decode(output.stderr)}`);
  }
}
