import { repositoryPath } from "../support/paths.ts";
import { takeTrace, type Trace } from "./comparison.ts";
import { shortHash } from "./guests.ts";
import { type ScenarioContext, withMachine } from "./scenario.ts";
import type { MachineSpec } from "./vmi.ts";

const FOLDER = ".cache/guests/traces";

/**
 * What a boot of this guest with this user data leaves behind when no sidecar takes part in it. No
 * part of this repository's program has a hand in it, so it is made once and kept, by a hash of the
 * image, the machine and the rig's own code.
 */
export async function baseline(
  context: ScenarioContext,
  name: string,
  spec: MachineSpec,
): Promise<Trace> {
  const image = context.rig.images.get(context.guest.name)?.hash ?? "";
  const code = await Promise.all(
    ["checks/manifest.py", "comparison.ts", "domain.ts", "iso.ts", "vmi.ts"].map((file) =>
      Deno.readTextFile(repositoryPath(`tests/guest/${file}`))
    ),
  );
  const machine = JSON.stringify({
    ...spec,
    userData: typeof spec.userData === "string" ? spec.userData : spec.userData.toBase64(),
  });
  const hash = await shortHash([image, machine, ...code].join("\n"));
  const file = repositoryPath(`${FOLDER}/${context.guest.name}-${name}-${hash}.json`);
  try {
    const trace = JSON.parse(await Deno.readTextFile(file)) as Trace;
    context.report.progress(
      `${context.guest.name} ${name}: boot without the sidecar: kept from before`,
    );
    return trace;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const trace = await withMachine(context, `${name}-plain`, spec, "owned", async (machine) => {
    const { shell } = await machine.boot({ withoutSidecar: true });
    const taken = await takeTrace(shell);
    await machine.shutDown();
    return taken;
  });
  await Deno.mkdir(repositoryPath(FOLDER), { recursive: true });
  await Deno.writeTextFile(`${file}.new`, JSON.stringify(trace, null, 1));
  await Deno.rename(`${file}.new`, file);
  context.report.progress(`${context.guest.name} ${name}: boot without the sidecar: done`);
  return trace;
}
