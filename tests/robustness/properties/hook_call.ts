import type { HookContext } from "../../../src/hooks/decision.ts";
import { onDefineDomain } from "../../../src/hooks/on_define_domain.ts";
import { preCloudInitIso } from "../../../src/hooks/pre_cloud_init_iso.ts";
import { captureIdentity } from "../../../src/identity/identity.ts";
import { parseVmi } from "../../../src/kubevirt/vmi.ts";
import type { Note } from "../../../src/log/note.ts";
import { planGuestOfVmi, plannedOemStrings } from "../../../src/plan/guest_plan.ts";
import { preCloudInitIsoResult } from "../../../src/sidecar/grpc/messages.ts";
import { InvalidInput } from "../../../src/text/invalid_input.ts";
import { CANARY_ENVIRONMENT, recordOutput } from "../canaries.ts";

const encoder = new TextEncoder();

export const SHARE = {
  kind: "webhook",
  tag: "aws-iam-token",
  socket: "/var/run/kubevirt/virtiofs-containers/aws-iam-token.sock",
} as const;

/** The context of a hook, unless a property varies it. */
export function contextOf(
  environment: Readonly<Record<string, string>> = CANARY_ENVIRONMENT,
  os?: HookContext["os"],
): HookContext {
  return {
    identity: captureIdentity(environment),
    os,
    mountPath: undefined,
    webhookShare: SHARE,
    tokenReaders: "everyone",
    delivery: "auto",
  };
}

/** The result of a hook, or the message of its InvalidInput. Any other error is thrown. */
export type Answer<Result> =
  | { readonly result: Result; readonly notes: readonly Note[] }
  | { readonly refused: string };

/** OnDefineDomain as the service calls it. */
export function defineDomain(domainXML: Uint8Array, vmi = encoder.encode("{}")) {
  return answerOf(() => onDefineDomain({ domainXML, vmi }, contextOf()));
}

/** The OEM strings that {@link defineDomain} adds to a domain that can have them. */
export function oemStringsOf() {
  const { identity, ...options } = contextOf();
  if (identity === undefined) throw new Error("The context has no role.");
  return plannedOemStrings(
    planGuestOfVmi(parseVmi(encoder.encode("{}")), { identity, share: SHARE }, options),
  )
    .oemStrings;
}

/** PreCloudInitIso as the service calls it; the result as virt-launcher gets it. */
export function cloudInit(
  call: {
    readonly cloudInitData: string | Uint8Array;
    readonly cloudInitNoCloudSource?: string | Uint8Array;
    readonly vmi?: string | Uint8Array;
  },
  context = contextOf(),
) {
  return answerOf(() => {
    const { result, notes } = preCloudInitIso({
      cloudInitData: bytes(call.cloudInitData),
      cloudInitNoCloudSource: bytes(call.cloudInitNoCloudSource ?? ""),
      vmi: bytes(call.vmi ?? "{}"),
    }, context);
    return {
      result: () => preCloudInitIsoResult.decode(preCloudInitIsoResult.encode(result())),
      notes,
    };
  });
}

/** KubeVirt's CloudInitData with that user data, as Go writes it. */
export function cloudInitData(UserData: string): string {
  return JSON.stringify({
    DataSource: "noCloud",
    NoCloudMetaData: { "instance-id": "vm.default" },
    ConfigDriveMetaData: null,
    UserData,
    NetworkData: "",
    DevicesData: null,
    VolumeName: "cloudinitdisk",
  });
}

/** The user data in a result of PreCloudInitIso. Fails if the two forms differ. */
export function userDataOf(
  result: { readonly cloudInitData: Uint8Array; readonly cloudInitNoCloudSource: Uint8Array },
): string {
  const decode = (field: Uint8Array): Record<string, unknown> =>
    JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(field));
  const { UserData } = decode(result.cloudInitData);
  const { userData } = decode(result.cloudInitNoCloudSource);
  if (typeof UserData !== "string" || UserData !== userData) {
    throw new Error("The two forms of the result do not agree.");
  }
  return UserData;
}

function answerOf<Result>(
  decide: () => { readonly result: () => Result; readonly notes: readonly Note[] },
): Answer<Result> {
  try {
    const decision = decide();
    for (const note of decision.notes) recordOutput("a note", JSON.stringify(note));
    return { result: decision.result(), notes: decision.notes };
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    recordOutput("a refusal", error.message);
    return { refused: error.message };
  }
}

function bytes(value: string | Uint8Array): Uint8Array {
  return typeof value === "string" ? encoder.encode(value) : value;
}
