import { INJECT_LABEL } from "../../admission/opt_in.ts";
import { HOOK_SIDECARS_ANNOTATION } from "../../kubevirt/metadata.ts";
import { type JsonObject, member, objectMember, objectsMember } from "../../text/json.ts";
import { hookSidecars, ourSidecar } from "../manifest/hook_sidecars.ts";
import type { ManifestAdmission } from "../manifest_plan/manifest_admission.ts";

/** What the admission policy does to the VM. */
export function admissionOutcome({ optIn, outcome, admitted, written, policy }: ManifestAdmission) {
  if (optIn.kind === "not opted in") return { outcome: "not opted in" as const, added: [] };
  if (policy.kind === "missing" || policy.kind === "given" && policy.binding !== "bound") {
    return {
      outcome: "left alone" as const,
      reason: "the policy, or its binding, is not among the admission policies given",
      added: [],
    };
  }
  if (outcome.kind !== "enrolled") {
    return { outcome: outcome.kind, reason: REASONS[outcome.reason], added: [] };
  }
  return { outcome: outcome.kind, added: additions(written, admitted) };
}

/** Why the policy adds nothing, as clauses. */
const REASONS: Readonly<
  Record<Exclude<ManifestAdmission["outcome"], { kind: "enrolled" }>["reason"], string>
> = {
  "not opted in": "it has no label",
  "opted out": `its label ${INJECT_LABEL} is "false"`,
  "unknown value": `its label ${INJECT_LABEL} is none of "true", "pod-identity" and "false"`,
  "no owner": "only its namespace has the label, which does not count for a VMI without an owner",
  "no account": "its service account does not exist",
  "no role": "its service account has no role",
  "no domain": "it has no spec.domain",
  "sidecars are no list": `its annotation ${HOOK_SIDECARS_ANNOTATION} is not a list in JSON`,
  "a name is taken": "a volume has a name that the policy needs",
};

/** What the policy adds to a VMI, each in a few words. */
function additions(written: JsonObject, admitted: JsonObject): readonly string[] {
  const of = (vmi: JsonObject) => {
    const spec = objectMember(vmi, "spec");
    const devices = objectMember(objectMember(spec, "domain"), "devices");
    const names = (kind: string, objects: readonly JsonObject[]) =>
      objects.map((object) => `the ${kind} ${member(object, "name")}`);
    return [
      ...(ourSidecar(hookSidecars(vmi)) === undefined ? [] : ["the sidecar"]),
      `the service account ${member(spec, "serviceAccountName")}`,
      ...names("volume", objectsMember(spec, "volumes")),
      ...names("filesystem", objectsMember(devices, "filesystems")),
    ];
  };
  const before = new Set(of(written));
  return of(admitted).filter((part) => !before.has(part));
}
