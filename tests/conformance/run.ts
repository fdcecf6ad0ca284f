/**
 * The conformance tier: the programs that read what the sidecar writes judge it.
 *
 *     deno task test:conformance [JUDGE...]
 *
 * With names of judges as arguments, only those run. See README.md in this folder.
 *
 * @module
 */
import { constants } from "node:os";
import { aws } from "./judges/aws.ts";
import { cloudInit } from "./judges/cloud_init.ts";
import { cloudbaseInit } from "./judges/cloudbase_init.ts";
import { cluster } from "./judges/cluster.ts";
import { grpcPython } from "./judges/grpc_python.ts";
import { type Bench, type Judge, JudgeMissing, type Verdict } from "./judges/judge.ts";
import { kubectlYaml } from "./judges/kubectl_yaml.ts";
import { kubevirt } from "./judges/kubevirt.ts";
import { kyverno } from "./judges/kyverno.ts";
import { libvirt } from "./judges/libvirt.ts";
import { powershell } from "./judges/powershell.ts";
import { shells } from "./judges/shells.ts";
import { renderTable } from "./table.ts";

const JUDGES: readonly Judge[] = [
  kubevirt,
  kubectlYaml,
  libvirt,
  cloudInit,
  cloudbaseInit,
  powershell,
  shells,
  aws,
  grpcPython,
  // The last, for their programs are built while the others run.
  cluster,
  kyverno,
];

async function main(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.filter((name) => !JUDGES.some((judge) => judge.name === name));
  if (unknown.length > 0) {
    const names = JUDGES.map((judge) => judge.name).join(", ");
    console.error(`No judge is called ${unknown.join(", ")}. There are: ${names}`);
    return 2;
  }
  const started = Date.now();
  const repository = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
  const bench: Bench = {
    repository,
    cache: `${repository}/.cache/conformance`,
    progress(step) {
      const seconds = Math.round((Date.now() - started) / 1000);
      console.log(`[${String(seconds).padStart(4)} s] ${step}`);
    },
  };
  await Deno.mkdir(bench.cache, { recursive: true });

  const judges = JUDGES.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  prepareAll(judges, bench);
  const verdicts: Verdict[] = [];
  for (const judge of judges) {
    bench.progress(`${judge.name}: begins`);
    verdicts.push(...await verdictsOf(judge, bench));
  }

  const cases = verdicts.flatMap((verdict) => verdict.cases);
  const failed = cases.filter((one) => !one.agreed).length;
  console.log(`\n${renderTable(verdicts)}\n`);
  console.log(`${cases.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

/** One after the other: a build uses all cores. */
async function prepareAll(judges: readonly Judge[], bench: Bench): Promise<void> {
  for (const judge of judges) {
    try {
      await judge.prepare?.(bench);
    } catch {
      // `judge` throws it
    }
  }
}

/** The results of a judge. A judge that is not available, or that fails, is a result too. */
async function verdictsOf(judge: Judge, bench: Bench): Promise<Verdict[]> {
  try {
    return (await judge.judge(bench)).map(neverEmpty);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof JudgeMissing && Deno.env.get("CI") !== "true") {
      return [{ judge: judge.name, version: "-", cases: [], note: `skipped: ${why}` }];
    }
    return [{
      judge: judge.name,
      version: "-",
      cases: [{ name: "the judge itself", agreed: false, why }],
    }];
  }
}

/** A judge that ran no case has failed. */
function neverEmpty(verdict: Verdict): Verdict {
  const { cases, version, note, notRun } = verdict;
  if (cases.length > 0 || notRun !== undefined || (version === "-" && note !== undefined)) {
    return verdict;
  }
  return {
    ...verdict,
    cases: [{ name: "the judge itself", agreed: false, why: "it was asked nothing" }],
  };
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  // Deno.exit dispatches "unload", at which programs that still run are ended.
  Deno.addSignalListener(signal, () => Deno.exit(128 + constants.signals[signal]));
}
Deno.exit(await main(Deno.args));
