import type { EmbeddedMessage, EmbeddedPart } from "../../cloud_init/mime.ts";
import { filenameOf, headerOf, typeOf } from "../../cloud_init/mime_header.ts";
import type { GuestPart } from "../../guest/guest.ts";
import { AGENT_URL_VARIABLE, TOKEN_FILE_VARIABLES } from "../../identity/identity.ts";
import { HOOK_SIDECARS_ANNOTATION } from "../../kubevirt/metadata.ts";
import { partsOf } from "../../plan/guest_plan.ts";
import { type ManifestUserData, USER_DATA_KEYS } from "../manifest/cloud_init.ts";
import { hookSidecars, isUpstreamImage, ourSidecar } from "../manifest/hook_sidecars.ts";
import { titleOf } from "../manifest/manifest.ts";
import { matcherOf } from "../manifest/matcher.ts";
import { manifestSysprep } from "../manifest/sysprep.ts";
import type { VirtualMachine } from "../manifest/virtual_machine.ts";
import type { AssumedIdentity } from "../manifest_plan/assumed_identity.ts";
import { deliveryOf, reasonAgainstDomain } from "../manifest_plan/delivery.ts";
import type { ManifestAdmission } from "../manifest_plan/manifest_admission.ts";
import type { ManifestPlan } from "../manifest_plan/manifest_plan.ts";
import { admissionOutcome } from "./admission_outcome.ts";
import { diffLines } from "./line_diff.ts";
import { maskSecrets } from "./mask.ts";

/** What `--output json` prints for a virtual machine. `--output text` prints the same facts. */
export type PreviewReport = ReturnType<typeof reportOf>;

/** A part of the user data that the guest gets. */
export interface ReportedPart {
  /** Whether the sidecar adds the part. The other part is the original. */
  readonly isAdded: boolean;
  readonly type: string;
  readonly filename: string;
  /** The length before any encoding. */
  readonly bytes: number;
}

/** The report on a plan. Secrets are masked. */
export function reportOf(
  { guest: unmasked, ...plan }: ManifestPlan,
  { identity: { kind }, roleArn, source, regionSource }: AssumedIdentity,
  admission: ManifestAdmission,
) {
  const guest = maskSecrets(unmasked);
  const { options, hasRole, virtualMachine: { manifest }, hookPoints, oemStrings } = plan;
  const delivery = hasRole ? deliveryOf({ ...plan, guest }) : "none";
  const secrets = delivery === "domain" ? oemStrings.secrets : [];
  const variables = new Map(
    [...guest.settings.variables].filter(([name]) => !secrets.includes(name)),
  );
  const sidecars = hookSidecars(plan.virtualMachine.vmi);
  const diff = diffLines(plan.domain.before, plan.domain.after);
  const userData = userDataOutcome({ ...plan, guest });
  // Otherwise nothing mounts the share in the guest.
  const isServed = delivery !== "none";
  return {
    virtualMachine: titleOf(manifest),
    file: manifest.file,
    line: manifest.lineOf([]),
    sidecar: ourSidecar(sidecars)?.image ?? null,
    sidecarProblem: sidecars.kind === "malformed" ? sidecars.problem : null,
    admission: admissionOutcome(admission),
    guest: { os: guest.os.os, evidence: guest.os.evidence },
    identity: {
      kind,
      agent: guest.agentAccess === undefined ? null : {
        url: guest.settings.variables.get(AGENT_URL_VARIABLE) ?? "",
        access: guest.agentAccess,
      },
    },
    role: { arn: hasRole ? roleArn ?? "" : null, source },
    region: { name: variables.get("AWS_REGION") ?? "", source: regionSource },
    token: isServed
      ? {
        file: variables.get(TOKEN_FILE_VARIABLES[kind]) ?? "",
        readers: options.tokenReaders,
        shareTag: guest.share.tag,
        shareMountedAt: guest.settings.mountPath,
      }
      : null,
    variables: isServed ? Object.fromEntries(variables) : {},
    leftOut: isServed
      ? [
        ...guest.leftOut,
        ...secrets.map((variable) => ({
          variable,
          reason: "it is a credential, and the domain can be read on the host",
        })),
      ]
      : [],
    delivery: {
      way: delivery,
      notByDomain: hasRole && guest.os.os === "linux"
        ? reasonAgainstDomain({ ...plan, guest }) ?? null
        : null,
    },
    userData,
    domain: {
      deviceSocket: hookPoints.has("OnDefineDomain") && guest.share.kind === "webhook"
        ? guest.share.socket
        : null,
      diff: diff.map(({ sign, text }) => sign + text),
    },
    warnings: warningsOf({ ...plan, guest }, admission),
    log: plan.notes,
  };
}

/** What happens to the user data; "unknown" if it is in a Secret that was not given. */
function userDataOutcome({ hasRole, cloudInit, hookPoints, guest }: ManifestPlan) {
  if (!hasRole) return { outcome: "not asked" as const, reason: "the pod has no role" };
  if (!hookPoints.has("PreCloudInitIso")) {
    return {
      outcome: "not asked" as const,
      reason: "the sidecar does not subscribe to preCloudInitIso",
    };
  }
  if (cloudInit === undefined) {
    return { outcome: "not asked" as const, reason: "the VM has no cloud-init volume" };
  }
  const { embedding, original } = guest;
  // A guest with another reader is left alone, whatever its Secret has.
  if (embedding.kind === "untouched") {
    return { outcome: "untouched" as const, reason: embedding.reason };
  }
  if (cloudInit.userData.kind === "secret") {
    return { outcome: "unknown" as const, reason: `it is ${whereInSecret(cloudInit.userData)}` };
  }
  const { first, last } = partsOf(guest);
  const added = ({ type, filename, body }: GuestPart): ReportedPart => ({
    isAdded: true,
    type,
    filename,
    // Our parts are ASCII.
    bytes: body.length,
  });
  return {
    outcome: "injected" as const,
    format: embedding.kind === "empty" ? "empty" : embedding.format,
    parts: [
      added(first),
      ...(embedding.kind === "empty"
        ? []
        : [{ isAdded: false, ...describe(embedding.entity), bytes: original.length }]),
      ...(last === undefined ? [] : [added(last)]),
    ],
  };
}

function describe(
  entity: EmbeddedPart | EmbeddedMessage,
): Pick<ReportedPart, "type" | "filename"> {
  if (entity.kind === "part") return { type: entity.type, filename: entity.filename };
  const header = headerOf(entity.text);
  return { type: typeOf(header), filename: filenameOf(header) };
}

/** Why KubeVirt cannot create a pod for a virtual machine; undefined if its annotation can be read. */
export function unreadableAnnotation(
  { manifest, vmiPath, vmi }: VirtualMachine,
): string | undefined {
  const sidecars = hookSidecars(vmi);
  if (sidecars.kind !== "malformed") return undefined;
  const path = [...vmiPath, "metadata", "annotations", HOOK_SIDECARS_ANNOTATION];
  const line = manifest.lineOf(path, sidecars.character);
  return `The annotation ${HOOK_SIDECARS_ANNOTATION} (${manifest.file}:${line}) cannot be read, and the VM does ` +
    `not start: ${sidecars.problem}.`;
}

/** Where user data is that was not given: "in the Secret …". */
export function whereInSecret(
  { secret, manifest }: Extract<ManifestUserData, { readonly kind: "secret" }>,
): string {
  return `in the Secret ${secret}, which ${
    manifest === undefined ? "was not given" : `has no ${USER_DATA_KEYS.join(" and no ")}`
  }`;
}

function warningsOf(
  plan: ManifestPlan,
  { optIn, account }: ManifestAdmission,
): readonly string[] {
  const { hookPoints, cloudInit, guest, hasRole } = plan;
  // User data and preferences that are not known count for more than an image's name.
  const isUncertain = guest.os.source === "none" || guest.os.source === "image";
  const warnings: string[] = [];
  const unreadable = unreadableAnnotation(plan.virtualMachine);
  const image = ourSidecar(hookSidecars(plan.virtualMachine.vmi))?.image;
  if (unreadable !== undefined) {
    warnings.push(`${unreadable} The preview shows what the sidecar would do without args.`);
  } else if (image === undefined && (hasRole || optIn.kind === "not opted in")) {
    warnings.push(
      "The VM does not run the sidecar yet. The preview shows what it would do.",
    );
  } else if (image !== undefined && isUpstreamImage(image)) {
    warnings.push(
      `The image ${image} is another program with the same name. The preview shows what this project's image would do.`,
    );
  }
  if (hookPoints.has("PreCloudInitIso") && cloudInit === undefined) {
    warnings.push(
      "virt-launcher crashes when a sidecar subscribes to preCloudInitIso and the VM has no cloud-init " +
        `volume: add one, or ${
          plan.oemStrings.addition.kind === "added"
            ? "give the sidecar --hooks onDefineDomain, and the role goes by the domain alone"
            : "remove the sidecar"
        }.`,
    );
  }
  const hasScript = manifestSysprep(plan.virtualMachine, []) !== undefined;
  if (hasScript && (cloudInit === undefined || !hookPoints.has("PreCloudInitIso"))) {
    warnings.push(
      "The guest gets its role by the script on the CD of the sysprep volume, if it is there: the command sysprep " +
        "prints it, and check compares it.",
    );
  }
  if (cloudInit?.userData.kind === "secret" && isUncertain) {
    warnings.push(
      "Linux is assumed, because the user data was not given: if the guest is not Linux, set --os.",
    );
  }
  if (isUncertain && matcherOf(plan.virtualMachine.manifest, "preference") !== undefined) {
    warnings.push(
      "Linux is assumed, because preview does not read the preference: if the guest is not Linux, set --os.",
    );
  }
  if (!hasRole) {
    warnings.push(warningWithoutRole(plan, account));
  } else if (!hookPoints.has("OnDefineDomain")) {
    warnings.push(
      "The sidecar does not subscribe to onDefineDomain: the VM gets no device for the token's share.",
    );
  }
  return warnings;
}

/** Without a role the pod has no mount that KubeVirt could share for a containerPath volume. */
function warningWithoutRole({ guest: { share } }: ManifestPlan, account: string): string {
  return `The service account ${account} has no role: ${
    share.kind === "containerPath"
      ? `the pod has no folder for the containerPath volume ${share.tag}, and the VM does not start`
      : "the VM boots as it would without the sidecar"
  }. To preview a role, set --role-arn.`;
}
