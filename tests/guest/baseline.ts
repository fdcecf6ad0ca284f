import { repositoryPath } from "../support/paths.ts";
import { takeTrace, type Trace } from "./comparison.ts";
import { asAskedFor } from "./expected.ts";
import { shortHash } from "./guests.ts";
import type { BootOptions } from "./machine.ts";
import { type ScenarioContext, withMachine } from "./scenario.ts";
import type { UserDataName } from "./user_data.ts";
import type { MachineSpec } from "./vmi.ts";

const FOLDER = ".cache/guests/traces";

/**
 * What a boot of this guest with this user data leaves behind without the sidecar. That this is what the user data asks
 * for counts for point 2.
 */
export async function baseline(
  context: ScenarioContext,
  name: UserDataName,
  spec: MachineSpec,
): Promise<Trace> {
  const trace = await plainTrace(context, name, spec);
  await context.report.check(
    context.guest,
    2,
    `${name} without the sidecar`,
    () => asAskedFor(trace, name, spec.uuid),
  );
  return trace;
}

/**
 * What a boot of this guest leaves behind without the sidecar.
 *
 * This repository's program takes no part in this boot. So it is made once, and its trace is kept by a hash of the image
 * with its packages, the machine and the rig's code.
 */
export async function plainTrace(
  context: ScenarioContext,
  name: string,
  spec: MachineSpec,
  options: BootOptions = {},
): Promise<Trace> {
  const image = (await context.rig.images.get(context.guest.name))?.hash ?? "";
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
    const { shell } = await machine.boot({ ...options, withoutSidecar: true });
    const taken = await takeTrace(shell);
    await machine.pullPlug();
    return taken;
  });
  await Deno.mkdir(repositoryPath(FOLDER), { recursive: true });
  await Deno.writeTextFile(`${file}.new`, JSON.stringify(trace, null, 1));
  await Deno.rename(`${file}.new`, file);
  context.report.progress(`${context.guest.name} ${name}: boot without the sidecar: done`);
  return trace;
}
