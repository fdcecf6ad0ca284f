import fc from "fast-check";
import { styleFor } from "../../src/cli/style.ts";
import { checkManifests } from "../../src/operator/check/check.ts";
import { checkJson, checkText } from "../../src/operator/check/report.ts";
import { ManifestError } from "../../src/operator/manifest/manifest.ts";
import { parseManifests } from "../../src/operator/manifest/parse.ts";
import { virtualMachinesIn } from "../../src/operator/manifest/virtual_machine.ts";
import { assumedIdentity } from "../../src/operator/manifest_plan/assumed_identity.ts";
import { admissionOf } from "../../src/operator/manifest_plan/manifest_admission.ts";
import { planManifest } from "../../src/operator/manifest_plan/manifest_plan.ts";
import { reportOf } from "../../src/operator/preview/report.ts";
import { previewText } from "../../src/operator/preview/text.ts";
import { webhook } from "./check_case.ts";
import { all, beside, cloudInit, containerPath, fixture } from "./edit.ts";

const PLAIN = styleFor(false, {});
const IDENTITY = assumedIdentity({
  environment: {},
  roleArn: undefined,
  region: undefined,
  serviceAccount: undefined,
});

/** Does everything that preview and check do with a file, except printing. */
function use(text: string): void {
  try {
    const manifests = parseManifests(text, "any.yaml");
    for (const checked of checkManifests(manifests, ["any.yaml"])) {
      checkText(checked, PLAIN);
      JSON.stringify(checkJson(checked));
    }
    for (const virtualMachine of virtualMachinesIn(manifests, ["any.yaml"])) {
      const admission = admissionOf(virtualMachine, manifests);
      const admitted = { ...virtualMachine, vmi: admission.admitted };
      const plan = planManifest(admitted, IDENTITY, [], manifests);
      if (plan.kind === "planned") previewText(reportOf(plan, IDENTITY, admission), PLAIN);
    }
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
  }
}

/** The path of every value in some JSON. */
function pathsOf(value: unknown): readonly (readonly string[])[] {
  return typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [
      [key],
      ...pathsOf(inner).map((path) => [key, ...path]),
    ])
    : [];
}

/** A copy with another value in one place. */
function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const inner = (value as Record<string, unknown>)[key];
  const changed = replaced(inner, rest, by);
  return Array.isArray(value)
    ? value.map((entry, index) => String(index) === key ? changed : entry)
    : { ...(value as Record<string, unknown>), [key]: changed };
}

/** An object of every kind that check reads, with the user data in a Secret. */
function everyKind(): Record<string, unknown> {
  const edited = fixture();
  all(
    cloudInit({ secretRef: { name: "s" } }),
    beside({ kind: "Secret", metadata: { name: "s" }, stringData: { userdata: "#cloud-config" } }),
    webhook("other"),
    containerPath(),
  )(edited);
  const { vm, serviceAccount, kubevirt, others: [secret, configuration] } = edited;
  return { vm, serviceAccount, kubevirt, secret, configuration };
}

Deno.test("no value anywhere in a manifest causes a crash", () => {
  const paths = pathsOf(everyKind());
  fc.assert(
    fc.property(
      fc.constantFrom(...paths),
      fc.jsonValue({ maxDepth: 2 }),
      // As YAML, and as JSON.
      fc.constantFrom("\n---\n", "\n"),
      (path, value, between) => {
        const kinds = Object.values(replaced(everyKind(), path, value) as Record<string, unknown>);
        use(kinds.map((one) => JSON.stringify(one)).join(between));
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("no text causes a crash", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), use), { numRuns: 300 });
});
