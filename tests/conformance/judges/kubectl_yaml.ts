import assert from "node:assert/strict";
import { ManifestError } from "../../../src/operator/manifest/manifest.ts";
import { parseManifests } from "../../../src/operator/manifest/parse.ts";
import { kubectlReader } from "../install/kubectl_reader.ts";
import { ask, type Case, expect, expectAtLeast, type Judge } from "./judge.ts";
import { MANIFESTS, randomScalars, SCALARS } from "./kubectl_yaml_cases.ts";

/** kubectl's own reader of manifests: do `check` and `preview` read the same? */
export const kubectlYaml: Judge = {
  name: "kubectl-yaml",
  async judge(bench) {
    expectAtLeast(150, SCALARS.length, "scalars");
    const { version, program } = await kubectlReader(bench);
    bench.progress("kubectl's reader: compare");
    const cases: Case[] = [];
    for (const scalar of SCALARS) {
      cases.push(
        await ask(`scalar ${scalar}`, () => compare(program, PLACES.map((at) => at(scalar)))),
      );
    }
    for (const [name, manifest] of Object.entries(MANIFESTS)) {
      cases.push(await ask(name, () => compare(program, [manifest])));
    }
    for (const seed of [1, 2, 3]) {
      const scalars = randomScalars(seed, 5_000);
      const manifests = scalars.flatMap((scalar) => PLACES.map((at) => at(scalar)));
      cases.push(await ask(`5000 scalars of the seed ${seed}`, () => compare(program, manifests)));
    }
    return [{ judge: "kubectl's reader", version, cases }];
  },
};

/** Where a scalar may stand in a manifest. */
const PLACES: readonly ((scalar: string) => string)[] = [
  (scalar) => `a: ${scalar}\n`,
  (scalar) => `${scalar}: 1\n`,
  (scalar) => `a:\n  - ${scalar}\n  -   ${scalar} # comment\n`,
  (scalar) => `a: [0, ${scalar} ]\n`,
  (scalar) => `{a: ${scalar} , b: 1}\n`,
  (scalar) => `a: '${scalar.replaceAll("'", "''")}'\nb: ${JSON.stringify(scalar)}\n`,
  (scalar) => `a: !!str ${scalar}\n`,
  (scalar) => `a: |-\n  ${scalar}\nb: >\n  ${scalar}\n`,
];

/** Fails at the first manifest that is not read as kubectl reads it, or that only one of the two refuses. */
async function compare(program: string, manifests: readonly string[]): Promise<void> {
  const answers = await kubectlAnswers(program, manifests);
  for (const [index, manifest] of manifests.entries()) {
    const { documents = [], refusal } = answers[index] ?? {};
    const ours = ourObjects(manifest);
    const shown = JSON.stringify(manifest);
    expect(
      ours !== undefined || refusal !== undefined,
      `we refuse ${shown}, and kubectl reads ${JSON.stringify(documents)}`,
    );
    expect(ours === undefined || refusal === undefined, `kubectl refuses ${shown}: ${refusal}`);
    if (ours === undefined) continue;
    // What is no object is no manifest.
    const objects = documents.filter((document) =>
      typeof document === "object" && !Array.isArray(document)
    );
    assert.deepEqual(ours, objects, `of ${shown} kubectl reads ${JSON.stringify(objects)}`);
  }
}

/** The objects that we read; undefined if we refuse the manifest. */
function ourObjects(manifest: string): readonly unknown[] | undefined {
  try {
    return parseManifests(manifest, "manifest.yaml").map(({ object }) => object);
  } catch (error) {
    if (error instanceof ManifestError) return undefined;
    throw error;
  }
}

interface Answer {
  readonly documents?: readonly unknown[];
  readonly refusal?: string;
}

async function kubectlAnswers(
  program: string,
  manifests: readonly string[],
): Promise<readonly Answer[]> {
  const child = new Deno.Command(program, { stdin: "piped", stdout: "piped" }).spawn();
  const output = new Response(child.stdout).text();
  const questions = manifests.map((manifest) => `${JSON.stringify(manifest)}\n`).join("");
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(questions));
  await writer.close();
  const answers = (await output).trimEnd().split("\n").map((line): Answer => JSON.parse(line));
  expect((await child.status).success, "kubectl's reader has failed");
  expect(answers.length === manifests.length, `it gave ${answers.length} answers`);
  return answers;
}
