import { type Bench, JudgeMissing } from "../judges/judge.ts";
import { refreshLists } from "./debian_packages.ts";
import { findProgram, runProgram } from "./run_program.ts";
import { onlyOnce } from "./stamp.ts";

/** The Debian releases whose cloud-init judges: Debian 12's, the stable one's and the newest. */
const SUITES = ["bookworm", "trixie", "sid"];

/** One release of cloud-init, unpacked and not installed. */
export interface CloudInitRelease {
  readonly suite: string;
  /** Debian's version, such as `22.4.2-1+deb12u4`. */
  readonly version: string;
  /** What PYTHONPATH has to name. */
  readonly pythonPath: string;
}

/**
 * Downloads cloud-init's package of several Debian releases, checked by apt as always, with package
 * lists of the tier's own. The machine's installed packages do not change.
 *
 * @throws {JudgeMissing} if there is no apt, or Debian cannot be reached
 */
export async function cloudInitReleases(bench: Bench): Promise<CloudInitRelease[]> {
  for (const program of ["apt-get", "dpkg-deb"]) {
    if (await findProgram(program) === undefined) throw new JudgeMissing(`needs ${program}`);
  }
  const folder = `${bench.cache}/cloud-init`;
  await Deno.mkdir(folder, { recursive: true });
  try {
    await onlyOnce(`${folder}/stamp`, SUITES.join(" "), async () => {
      bench.progress(`cloud-init: download it from Debian ${SUITES.join(", ")}`);
      await download(folder);
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new JudgeMissing(`cannot download cloud-init's Debian packages: ${reason}`);
  }
  return await Promise.all(SUITES.map(async (suite) => ({
    suite,
    version: (await Deno.readTextFile(`${folder}/${suite}/version`)).trim(),
    pythonPath: `${folder}/${suite}/usr/lib/python3/dist-packages`,
  })));
}

async function download(folder: string): Promise<void> {
  const archive = await debianArchive();
  const apt = `${folder}/apt`;
  await Deno.mkdir(`${apt}/lists/partial`, { recursive: true });
  await Deno.mkdir(`${apt}/archives/partial`, { recursive: true });
  await Deno.writeTextFile(
    `${apt}/sources.list`,
    SUITES.map((suite) => `deb [arch=amd64] ${archive} ${suite} main\n`).join(""),
  );
  await Deno.writeTextFile(`${apt}/status`, "");
  const options = Object.entries({
    "Dir::State": apt,
    "Dir::State::status": `${apt}/status`,
    "Dir::State::lists": `${apt}/lists`,
    "Dir::Cache": apt,
    "Dir::Etc::sourcelist": `${apt}/sources.list`,
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::Etc::preferencesparts": "/dev/null",
    "APT::Architecture": "amd64",
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
  }).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  await runProgram(["apt-get", ...options, "-qq", "update"]);
  for (const suite of SUITES) {
    const into = `${folder}/${suite}`;
    await Deno.mkdir(into, { recursive: true });
    await runProgram(["apt-get", ...options, "-qq", "download", `cloud-init/${suite}`], {
      cwd: into,
    });
    for await (const entry of Deno.readDir(into)) {
      if (!entry.name.endsWith(".deb")) continue;
      const file = `${into}/${entry.name}`;
      const version = await runProgram(["dpkg-deb", "--field", file, "Version"]);
      await runProgram(["dpkg-deb", "--extract", file, into]);
      await Deno.writeTextFile(`${into}/version`, version.stdout);
      await Deno.remove(file);
    }
  }
}

/** The archive from which the machine itself gets Debian's packages. */
async function debianArchive(): Promise<string> {
  const known = await knownArchive();
  if (known !== undefined) return known;
  // Without package lists apt does not know the archive.
  if (Deno.uid() === 0) await refreshLists();
  const found = await knownArchive();
  if (found === undefined) throw new Error("this machine's apt knows no Debian archive");
  return found;
}

async function knownArchive(): Promise<string | undefined> {
  const targets = await runProgram([
    "apt-get",
    "indextargets",
    "--format",
    "$(ORIGIN)\t$(SUITE)\t$(REPO_URI)",
    "Created-By: Packages",
  ]);
  for (const line of targets.stdout.split("\n")) {
    const [origin, suite = "", uri] = line.split("\t");
    if (origin === "Debian" && !/security|updates/.test(suite) && uri !== undefined) return uri;
  }
  return undefined;
}
