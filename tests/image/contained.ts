import assert from "node:assert/strict";
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
  const binary = Deno.env.get("SIDECAR_CMD");
  if (binary) return await containedBinary(root, binary);
  const { command, files } = await pack();
  const [deno = "deno", ...args] = command;
  const [entry] = files;
  const inRoot = (file: string) => `${PROGRAM_FOLDER}/${basename(file)}`;
  return [
    ...await enter(root),
    `--with=${await Deno.realPath(deno)}=${STAND_IN}`,
    ...files.map((file) => `--with=${file}=${inRoot(file)}`),
    // The deno executable, unlike the binary, needs the path of a cache folder, which may not exist.
    `--env=DENO_DIR=${STAND_IN_CACHE}`,
    "--",
    STAND_IN,
    ...args.map((arg) => arg === entry ? inRoot(entry) : arg),
  ];
}

/**
 * The command that runs a compiled binary in the same way.
 *
 * @param folders - Folders that it can read there, under the paths that they have here.
 */
export async function containedBinary(
  root: string,
  binary: string,
  folders: readonly string[] = [],
): Promise<readonly string[]> {
  return [
    ...await enter(root),
    `--with=${binary}=${PROGRAM}`,
    ...folders.map((folder) => `--with=${folder}=${folder}`),
    "--",
    PROGRAM,
  ];
}

async function enter(root: string): Promise<readonly string[]> {
  return [
    "python3",
    repositoryPath("tests/image/contained.py"),
    `--root=${root}`,
    ...Object.entries(await imageEnvironment()).map(([name, value]) => `--env=${name}=${value}`),
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

/**
 * Checks that a process has nothing that Kubernetes takes away, and the image's own environment.
 *
 * @param folder - The one place that it may write to.
 */
export async function assertStripped(facts: ProcessFacts, folder: string): Promise<void> {
  assert.deepEqual(facts, {
    user: "107\t107\t107\t107",
    group: "107\t107\t107\t107",
    groups: "",
    capabilities: Array(5).fill("0000000000000000"),
    noNewPrivileges: "1",
    environment: facts.environment,
    writable: [folder],
  });
  const names = new Set(facts.environment.map((pair) => pair.split("=", 1)[0]));
  for (const name of ["HOME", "USER", "TMPDIR"]) assert.ok(!names.has(name), `${name} is set`);
  for (const [name, value] of Object.entries(await imageEnvironment())) {
    assert.ok(facts.environment.includes(`${name}=${value}`), name);
  }
}
