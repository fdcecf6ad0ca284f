import { decodeBase64 } from "../../../text/base64.ts";
import { type JsonObject, objectMember, objectsMember, stringMember } from "../../../text/json.ts";
import { CLOUD_INIT_SOURCES, USER_DATA_KEYS } from "../../manifest/cloud_init.ts";
import type { Path } from "../../manifest/path.ts";
import type { Finding } from "../finding.ts";
import { findingAt, type Rule, type Subject } from "../check_context.ts";

/** What KubeVirt takes of either within a VM's manifest (cloudInitUserMaxLen, cloudInitNetworkMaxLen). */
const LONGEST = 2048;

/** One kind of data in a cloud-init volume, and the three ways to give it. */
interface CloudInitDatum {
  /** For people. */
  readonly what: string;
  readonly field: string;
  readonly secretRef: string;
  /** The key in a Secret. */
  readonly key: string;
}

const USER_DATA: CloudInitDatum = {
  what: "user data",
  field: "userData",
  secretRef: "secretRef",
  key: "userdata",
};
const NETWORK_DATA: CloudInitDatum = {
  what: "network data",
  field: "networkData",
  secretRef: "networkDataSecretRef",
  key: "networkdata",
};

/** virt-launcher reads cloud-init data that is not there. */
export const cloudInitMissing: Rule = (subject) => {
  const { hookPoints, cloudInit } = subject;
  if (cloudInit !== undefined || !hookPoints.has("PreCloudInitIso")) return [];
  return [findingAt(subject, ["spec", "volumes"], {
    code: "cloud-init-missing",
    severity: "error",
    what: "The VM has no cloud-init volume.",
    why:
      "The sidecar subscribes to preCloudInitIso, as it does by default. virt-launcher then crashes for " +
      "a VM without such a volume, and the VM never starts.",
    ...mendForMissing(subject),
  })];
};

/** Where KubeVirt shares the token's folder itself, the sidecar has nothing to do but in the cloud-init data. */
function mendForMissing({ share, plan }: Subject): { mend: string; snippet?: string } {
  const isWindows = !("failure" in plan) && plan.guest.verdict.os === "windows";
  const volume = isWindows
    ? 'Add a volume with cloudInitConfigDrive (its userData can be as short as "#ps1_sysnative"), which ' +
      "cloudbase-init has to read in the guest"
    : 'Add a volume with cloudInitNoCloud (its userData can be as short as "#cloud-config")';
  if (share.socket === undefined) {
    return {
      mend:
        `${volume}, or remove the sidecar: KubeVirt shares the token's folder with the guest as ${share.tag}, ` +
        "and you set up the rest there yourself.",
    };
  }
  return {
    mend: `${volume}, or set up the guest yourself and give the sidecar:`,
    snippet: '"args": ["--hooks", "onDefineDomain"]',
  };
}

/** KubeVirt refuses a cloud-init volume with nothing in it. */
export const cloudInitEmpty: Rule = (subject) =>
  contents(subject).flatMap(({ content, path }) =>
    [USER_DATA, NETWORK_DATA].some((datum) => waysOf(content, datum).length > 0) ? [] : [
      findingAt(subject, path, {
        code: "cloud-init-empty",
        severity: "error",
        what: "The cloud-init volume has no user data and no network data.",
        why: "KubeVirt refuses the VM.",
        mend: 'Write userData: "#cloud-config" if there is nothing to say.',
      }),
    ]
  );

/** KubeVirt looks at the first only. */
export const cloudInitRepeated: Rule = (subject) => {
  const { vmi, cloudInit } = subject;
  if (vmi.cloudInitVolumes.length < 2 || cloudInit === undefined) return [];
  return [findingAt(subject, ["spec", "volumes", cloudInit.index], {
    code: "cloud-init-repeated",
    severity: "warning",
    what: `The VM has ${vmi.cloudInitVolumes.length} cloud-init volumes.`,
    why: `KubeVirt takes the first, ${cloudInit.volumeName}, and so does the sidecar.`,
    mend: "Keep one of them.",
  })];
};

/** KubeVirt refuses two sources of the same data. */
export const cloudInitTwice: Rule = (subject) =>
  eachDatum(subject, (content, path, datum) => {
    const ways = waysOf(content, datum);
    if (ways.length < 2) return [];
    return [findingAt(subject, path, {
      code: "user-data-twice",
      severity: "error",
      what: `The cloud-init volume has its ${datum.what} in ${ways.join(" and ")}.`,
      why: "KubeVirt refuses the VM: it takes one source of each.",
      mend: `Keep one of ${ways.join(", ")}.`,
    })];
  });

/** KubeVirt refuses what it cannot decode. */
export const cloudInitBase64: Rule = (subject) =>
  eachDatum(subject, (content, path, { field, what }) => {
    const encoded = stringMember(content, `${field}Base64`) ?? "";
    if (decodeBase64(encoded) !== undefined) return [];
    return [findingAt(subject, [...path, `${field}Base64`], {
      code: "user-data-base64",
      severity: "error",
      what: `The ${what} in ${field}Base64 is not base64.`,
      why: "KubeVirt refuses the VM.",
      mend: `Encode it again, for example with base64 -w 0, or write it into ${field} as it is.`,
    })];
  });

/** KubeVirt refuses data that is longer. */
export const cloudInitTooLong: Rule = (subject) =>
  eachDatum(subject, (content, path, { what, field, secretRef, key }) => {
    const plain = stringMember(content, field) ?? "";
    const encoded = decodeBase64(stringMember(content, `${field}Base64`) ?? "");
    const length = plain === "" ? encoded?.length ?? 0 : new TextEncoder().encode(plain).length;
    if (length <= LONGEST) return [];
    return [findingAt(subject, [...path, plain === "" ? `${field}Base64` : field], {
      code: "user-data-too-long",
      severity: "error",
      what: `The ${what} has ${length} bytes.`,
      why: `KubeVirt takes ${LONGEST} within a manifest, and refuses the VM.`,
      mend: `Put it into a Secret under the key ${key}, and name that with ${secretRef}.`,
    })];
  });

/** virt-launcher finds no user data in the Secret. */
export const secretWithoutUserData: Rule = ({ cloudInit }) => {
  if (cloudInit?.userData.kind !== "secret" || cloudInit.userData.manifest === undefined) return [];
  const { secret, manifest } = cloudInit.userData;
  return [{
    code: "secret-without-user-data",
    severity: "error",
    manifest,
    path: ["data"],
    what: `The Secret ${secret} has no ${USER_DATA_KEYS.join(" and no ")} that can be read.`,
    why: "virt-launcher looks for the user data under these keys, and does not start the VM.",
    mend: `Rename the key to ${
      USER_DATA_KEYS[0]
    }; values in data are base64, those in stringData are not.`,
  }];
};

/** Looks at both data of every cloud-init volume, as KubeVirt does (vmi-create-admitter.go, validateVolumes). */
function eachDatum(
  subject: Subject,
  look: (content: JsonObject, path: Path, datum: CloudInitDatum) => readonly Finding[],
): readonly Finding[] {
  return contents(subject).flatMap(({ content, path }) =>
    [USER_DATA, NETWORK_DATA].flatMap((datum) => look(content, path, datum))
  );
}

function contents({ virtualMachine: { vmi } }: Subject) {
  return objectsMember(objectMember(vmi, "spec"), "volumes").flatMap((volume, index) =>
    CLOUD_INIT_SOURCES.flatMap((source) => {
      const content = objectMember(volume, source);
      return content === undefined ? [] : [{ content, path: ["spec", "volumes", index, source] }];
    })
  );
}

/** The fields that give a datum. */
function waysOf(content: JsonObject, { field, secretRef }: CloudInitDatum): readonly string[] {
  const given = [field, `${field}Base64`].filter((name) => stringMember(content, name));
  return stringMember(objectMember(content, secretRef), "name") ? [...given, secretRef] : given;
}

export const CLOUD_INIT_VOLUME_RULES: readonly Rule[] = [
  cloudInitMissing,
  cloudInitEmpty,
  cloudInitRepeated,
  cloudInitTwice,
  cloudInitBase64,
  cloudInitTooLong,
  secretWithoutUserData,
];
