import { parseAllDocuments } from "yaml";
import {
  asObject,
  type JsonObject,
  objectMember,
  objectsMember,
  stringMember,
} from "../../../src/text/json.ts";
import type { KyvernoPrograms } from "../install/kyverno.ts";
import { runProgram } from "../install/run_program.ts";
import { expect } from "./judge.ts";

/** What Kyverno's command line makes of a VMI. */
export interface Applied {
  /** The VMI after all mutating policies. */
  readonly vmi: JsonObject;
  /** One for each policy whose selectors take the VMI. */
  readonly verdicts: readonly PolicyVerdict[];
}

/** An entry of Kyverno's report. */
export interface PolicyVerdict {
  readonly policy: string;
  /** From a MutatingPolicy of Kyverno; otherwise from a ValidatingAdmissionPolicy. */
  readonly isMutation: boolean;
  /** `pass`, `skip` if a condition of the policy does not hold, `fail` or `error`. */
  readonly result: string;
  readonly message: string;
}

/** What the policies see beside the VMIs. */
export interface Surroundings {
  /** The file with the CustomResourceDefinition of a VMI. */
  readonly definitions: string;
  readonly namespaces: readonly JsonObject[];
  readonly serviceAccounts: readonly JsonObject[];
}

/** The policies of a kustomization, in a file. */
export interface BuiltPolicies {
  readonly file: string;
  /** How many of them are Kyverno's MutatingPolicies. */
  readonly mutating: number;
}

/** Builds a kustomization as `kubectl apply -k` does. */
export async function buildPolicies(
  { kustomize }: KyvernoPrograms,
  kustomization: string,
  file: string,
): Promise<BuiltPolicies> {
  const { stdout } = await runProgram([kustomize, "build", kustomization]);
  await Deno.writeTextFile(file, stdout);
  const mutating = objectsIn(stdout).filter(({ kind }) => kind === "MutatingPolicy").length;
  expect(mutating > 0, `${kustomization} has no MutatingPolicy`);
  return { file, mutating };
}

/**
 * Applies policies to VMIs, all in one run.
 *
 * @param vmis Each has a name of its own.
 * @param scratch A folder for this run.
 * @returns one for each VMI, in their order
 * @throws {Error} if a policy cannot be compiled, or Kyverno did not see a VMI
 */
export async function applyPolicies(
  { kyverno }: KyvernoPrograms,
  policies: BuiltPolicies,
  vmis: readonly JsonObject[],
  { definitions, namespaces, serviceAccounts }: Surroundings,
  scratch: string,
): Promise<Applied[]> {
  await Deno.remove(scratch, { recursive: true }).catch(() => {});
  const mutated = `${scratch}/mutated`;
  await Deno.mkdir(mutated, { recursive: true });
  const write = async (name: string, objects: readonly unknown[]): Promise<string> => {
    const path = `${scratch}/${name}.yaml`;
    await Deno.writeTextFile(path, objects.map((one) => JSON.stringify(one)).join("\n---\n"));
    return path;
  };
  const { stdout, stderr } = await runProgram([
    kyverno,
    "apply",
    policies.file,
    ...["--resource", await write("vmis", vmis)],
    ...["--values-file", await write("values", [ofTheCommand("Values", { namespaces })])],
    ...[
      "--context-file",
      await write("context", [ofTheCommand("Context", { spec: { resources: serviceAccounts } })]),
    ],
    ...["--crd-paths", definitions],
    ...["--output", `${mutated}/`],
    ...["--policy-report", "--output-format", "json"],
    // It also says that a ValidatingAdmissionPolicy has refused a VMI, which is no error here.
  ], { anyExitCode: true });
  const report = /\{"kind":"ClusterReport".*/.exec(stdout)?.[0];
  expect(report !== undefined, `Kyverno has written no report:\n${stderr}`);
  const entries = objectsMember(asObject(JSON.parse(report)), "results");
  return await Promise.all(vmis.map(async (vmi): Promise<Applied> => {
    const name = nameOf(vmi);
    // The file has the VMI once for each policy, also if the policy does not select it: always as it is at the end.
    const results = objectsIn(await Deno.readTextFile(`${mutated}/${name}-mutated.yaml`));
    const result = results.at(-1);
    expect(
      result !== undefined && results.length === policies.mutating,
      `${results.length} of ${policies.mutating} policies were evaluated for ${name}`,
    );
    return {
      vmi: result,
      verdicts: entries
        .filter((entry) => objectsMember(entry, "resources").some((one) => one.name === name))
        .map(verdictOf),
    };
  }));
}

function ofTheCommand(kind: string, members: JsonObject): JsonObject {
  return { apiVersion: "cli.kyverno.io/v1alpha1", kind, metadata: { name: "cases" }, ...members };
}

function verdictOf(entry: JsonObject): PolicyVerdict {
  return {
    policy: stringMember(entry, "policy") ?? "",
    isMutation: entry.source === "KyvernoMutatingPolicy",
    result: stringMember(entry, "result") ?? "",
    message: stringMember(entry, "message") ?? "",
  };
}

function nameOf(object: JsonObject): string | undefined {
  return stringMember(objectMember(object, "metadata"), "name");
}

function objectsIn(yaml: string): readonly JsonObject[] {
  return parseAllDocuments(yaml).map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return asObject(document.toJS());
  }).filter((object) => object !== undefined);
}
