import assert from "node:assert/strict";
import { type JsonObject, objectMember } from "../../../src/text/json.ts";
import {
  ADMISSION_CASES,
  type AdmissionCase,
  type ExpectedAdmission,
  expectedVmi,
  NAMESPACES,
  SERVICE_ACCOUNTS,
} from "../../support/admission_cases.ts";
import { type KyvernoPrograms, kyvernoPrograms } from "../install/kyverno.ts";
import { ask, type Bench, type Case, expect, type Judge } from "./judge.ts";
import { type Applied, applyPolicies, buildPolicies } from "./kyverno_apply.ts";

/** The kustomizations for Kyverno, and what they do to a VMI. */
const KUSTOMIZATIONS: readonly {
  readonly folder: string;
  expected(one: AdmissionCase): ExpectedAdmission;
}[] = [
  { folder: "deploy/kyverno", expected: (one) => one.expected },
  {
    folder: "deploy/kyverno-kubevirt-1.8",
    expected: (one) => one.expectedOn18 ?? one.expected,
  },
];

/** The ValidatingAdmissionPolicy of deploy/messages that refuses a VMI. Its others only warn. */
const REFUSALS = "eks-irsa-sidecar-refusals";

/** Why a VMI is left alone that no policy may select. A policy selects all others, and then decides. */
const NOT_SELECTED: ReadonlySet<string> = new Set([
  "not opted in",
  "opted out",
  "unknown value",
]);

let building: Promise<KyvernoPrograms> | undefined;

/** Kyverno's own command line: do the policies for Kyverno do the same as the policy itself? */
export const kyverno: Judge = {
  name: "kyverno",
  prepare: (bench) => building ??= kyvernoPrograms(bench),
  async judge(bench) {
    const programs = await (building ??= kyvernoPrograms(bench));
    const started = Date.now();
    const cases: Case[] = [];
    for (const { folder, expected } of KUSTOMIZATIONS) {
      bench.progress(`kyverno: ${folder}`);
      cases.push(...await admissionCases(bench, programs, folder, expected));
    }
    const note = `${Math.round((Date.now() - started) / 1_000)} s`;
    return [{ judge: "kyverno", version: programs.version, cases, note }];
  },
};

/** Every case of the table, and the VMI that comes of it once more. */
async function admissionCases(
  { repository, cache }: Bench,
  programs: KyvernoPrograms,
  folder: string,
  expected: (one: AdmissionCase) => ExpectedAdmission,
): Promise<Case[]> {
  const scratch = `${cache}/kyverno/${folder.replaceAll("/", "-")}`;
  await Deno.mkdir(scratch, { recursive: true });
  const policies = await buildPolicies(
    programs,
    `${repository}/${folder}`,
    `${scratch}/policies.yaml`,
  );
  const surroundings = {
    definitions: `${repository}/tests/conformance/kyverno/virtual_machine_instances.yaml`,
    namespaces: NAMESPACES,
    serviceAccounts: SERVICE_ACCOUNTS,
  };
  const apply = (vmis: readonly JsonObject[], run: string) =>
    applyPolicies(programs, policies, vmis, surroundings, `${scratch}/${run}`);
  // Kyverno's command line tells the VMIs apart by their names.
  const renamed = ADMISSION_CASES.map((one, index) => withName(one, `case-${index}`));
  const first = await apply(renamed.map(({ vmi }) => vmi), "first");
  const again = await apply(first.map(({ vmi }) => vmi), "again");
  return await Promise.all(
    renamed.map((one, index) =>
      ask(`${folder}: ${one.name}`, () => judgeCase(one, expected(one), first[index], again[index]))
    ),
  );
}

function judgeCase(
  one: AdmissionCase,
  expected: ExpectedAdmission,
  first: Applied | undefined,
  again: Applied | undefined,
): void {
  assert(first !== undefined && again !== undefined);
  for (const { verdicts } of [first, again]) {
    for (const { policy, result, message, isMutation } of verdicts) {
      const isDecision = ["pass", "skip", ...(isMutation ? [] : ["fail"])].includes(result);
      expect(isDecision, `${policy} could not be evaluated: ${result}, ${message}`);
    }
  }
  const refusals = refusalsOf(first);
  if (expected.kind === "refused") {
    expect(refusals.length > 0, "it was accepted");
    expect(
      refusals.some((message) => message.includes(expected.message)),
      `it should say "${expected.message}", but says: ${refusals.join(", ")}`,
    );
    return;
  }
  expect(refusals.length === 0, `it was refused: ${refusals.join(", ")}`);
  assert.deepEqual(first.vmi, expectedVmi(one, expected));
  const isSelected = first.verdicts.some(({ isMutation }) => isMutation);
  expect(
    isSelected || (expected.kind === "left alone" && NOT_SELECTED.has(expected.reason)),
    "no policy has selected it",
  );
  assert.deepEqual(again.vmi, first.vmi, "another VMI when it is submitted again");
  expect(refusalsOf(again).length === 0, "it was refused when it was submitted again");
}

function refusalsOf({ verdicts }: Applied): readonly string[] {
  return verdicts.filter(({ policy, result }) => policy === REFUSALS && result === "fail")
    .map(({ message }) => message);
}

function withName(one: AdmissionCase, name: string): AdmissionCase {
  return {
    ...one,
    vmi: { ...one.vmi, metadata: { ...objectMember(one.vmi, "metadata"), name } },
  };
}
