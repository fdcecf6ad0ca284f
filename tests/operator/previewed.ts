import { type Edit, textOf } from "./edit.ts";
import { runHere } from "./run_here.ts";

/** Previews a VM. In the texts, its file is vm.yaml. */
export async function preview(
  edit: Edit,
  flags: readonly string[] = [],
  env: Record<string, string> = {},
) {
  const { code, stdout, stderr } = await runHere({
    args: ["preview", "-", ...flags],
    stdin: textOf(edit),
    env,
  });
  const short = (text: string) => text.replaceAll(/\/\S*\/irsa-manifests-\w+\.yaml/g, "vm.yaml");
  return { code, stdout: short(stdout), stderr: short(stderr) };
}

/** What JSON has of a VM. */
export async function reportOf(edit: Edit, flags: readonly string[] = []) {
  const { stdout } = await preview(edit, ["--output", "json", ...flags]);
  return JSON.parse(stdout)[0];
}

/** The lines of a text preview, without their indentation. */
export async function linesOf(edit: Edit): Promise<readonly string[]> {
  return (await preview(edit)).stdout.split("\n").map((line) => line.trim());
}
