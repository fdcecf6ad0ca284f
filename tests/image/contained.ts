import { basename } from "node:path";
import { imageEnvironment, pack } from "../../bench/pack.ts";
import { repositoryPath } from "../support/paths.ts";

/** Where the image has the program (Dockerfile). */
const PROGRAM = "/usr/local/bin/eks-irsa-sidecar";
const STAND_IN = "/usr/local/bin/deno";
const STAND_IN_CACHE = "/nonexistent";
const PROGRAM_FOLDER = "/usr/local/lib/eks-irsa-sidecar";

/**
 * The command that runs the program in the image's root file system, with the restrictions of Kubernetes. The program is
 * the compiled binary that `SIDECAR_CMD` names, or else the bundle that the
 * binary embeds, run by the deno executable.
 */
export async function containedCommand(root: string): Promise<readonly string[]> {
  const enter = [
    "python3",
    repositoryPath("tests/image/contained.py"),
    `--root=${root}`,
    ...Object.entries(await imageEnvironment()).map(([name, value]) => `--env=${name}=${value}`),
  ];
  const binary = Deno.env.get("SIDECAR_CMD");
  if (binary) return [...enter, `--with=${binary}=${PROGRAM}`, "--", PROGRAM];
  const { command, files } = await pack();
  const [deno = "deno", ...args] = command;
  const [entry] = files;
  const inRoot = (file: string) => `${PROGRAM_FOLDER}/${basename(file)}`;
  return [
    ...enter,
    `--with=${await Deno.realPath(deno)}=${STAND_IN}`,
    ...files.map((file) => `--with=${file}=${inRoot(file)}`),
    // The deno executable, unlike the binary, needs the path of a cache folder, which may not exist.
    `--env=DENO_DIR=${STAND_IN_CACHE}`,
    "--",
    STAND_IN,
    ...args.map((arg) => arg === entry ? inRoot(entry) : arg),
  ];
}

/** What the kernel reports of a process's confinement. */
export interface ProcessFacts {
  readonly user: string;
  readonly group: string;
  readonly groups: string;
  readonly capabilities: readonly string[];
  readonly noNewPrivileges: string;
  readonly environment: readonly string[];
  /** Mount points that it may write to, of those that hold files. */
  readonly writable: readonly string[];
}

/** Reads the facts of a process from /proc. */
export async function processFacts(pid: number): Promise<ProcessFacts> {
  const status = new Map(
    (await Deno.readTextFile(`/proc/${pid}/status`)).split("\n").map((line) => {
      const [name = "", value = ""] = line.split(/:\s*/, 2);
      return [name, value.trim()] as const;
    }),
  );
  const mounts = (await Deno.readTextFile(`/proc/${pid}/mountinfo`)).trim().split("\n");
  return {
    user: status.get("Uid") ?? "",
    group: status.get("Gid") ?? "",
    groups: status.get("Groups") ?? "",
    capabilities: ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"].map((n) =>
      status.get(n) ?? ""
    ),
    noNewPrivileges: status.get("NoNewPrivs") ?? "",
    environment: (await Deno.readTextFile(`/proc/${pid}/environ`)).split("\0").filter(Boolean)
      .sort(),
    writable: mounts.map((line) => line.split(" "))
      .filter(([, , , , path = "", options = ""]) =>
        options.split(",").includes("rw") && !/^\/(proc|dev\/\w+|usr\/local\/\S+)$/.test(path)
      )
      .map(([, , , , path = ""]) => path),
  };
}
