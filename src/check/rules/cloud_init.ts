import { findingAt, type Rule, type Subject } from "../subject.ts";

/** What KubeVirt takes within a VM's manifest (vmi-create-admitter.go, cloudInitUserMaxLen). */
const LONGEST_USER_DATA = 2048;

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
    mend: "Add a volume with cloudInitNoCloud (its userData can be as short as " +
      '"#cloud-config"), or give the sidecar the args ["--hooks", "onDefineDomain"] and set up the guest yourself.',
  })];
};

/** KubeVirt refuses a cloud-init volume with nothing in it. */
export const cloudInitEmpty: Rule = (subject) => {
  const { cloudInit } = subject;
  if (cloudInit === undefined || cloudInit.userData.kind !== "none" || cloudInit.hasNetworkData) {
    return [];
  }
  return [findingAt(subject, ["spec", "volumes", cloudInit.index, cloudInit.source], {
    code: "cloud-init-empty",
    severity: "error",
    what: "The cloud-init volume has no user data that could be read, and no network data.",
    why: "KubeVirt refuses the VM.",
    mend:
      'Write userData: "#cloud-config" if there is nothing to say; userDataBase64 has to be valid base64.',
  })];
};

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

/** The guest's reader would not act on our part beside this user data. */
export const userDataUntouched: Rule = (subject) => {
  const { plan, cloudInit, hookPoints } = subject;
  if ("failure" in plan || cloudInit?.userData.kind !== "given") return [];
  if (!hookPoints.has("PreCloudInitIso") || plan.guest.injection.kind !== "untouched") return [];
  const { os } = plan.guest.verdict;
  return [findingAt(subject, userDataPath(subject), {
    code: "user-data-untouched",
    severity: "error",
    what: `Nothing can be put beside this user data: ${plan.guest.injection.reason}.`,
    why:
      `The sidecar hands it back as it is, and the ${os} guest (${plan.guest.verdict.evidence}) gets no role.`,
    mend: os === "linux"
      ? "Begin it with #cloud-config, #! or another opening of cloud-init's; name a Windows guest with --os windows."
      : "Begin it with #cloud-config, #ps1_sysnative or another opening of cloudbase-init's; name a Linux guest " +
        "with --os linux.",
  })];
};

/** A hook would fail, and virt-launcher would not start the VM. */
export const hookFails: Rule = (subject) => {
  const { plan, argsProblem } = subject;
  if (!("failure" in plan) || argsProblem !== undefined) return [];
  return [findingAt(subject, userDataPath(subject), {
    code: "hook-fails",
    severity: "error",
    what: plan.failure,
    why: "The sidecar answers virt-launcher with this error, and the VM does not start.",
    mend: "Do what the message says.",
  })];
};

/** KubeVirt refuses user data that is longer. */
export const userDataTooLong: Rule = (subject) => {
  const { cloudInit } = subject;
  if (cloudInit?.userData.kind !== "given") return [];
  const { length } = cloudInit.userData.bytes;
  if (length <= LONGEST_USER_DATA) return [];
  return [findingAt(subject, userDataPath(subject), {
    code: "user-data-too-long",
    severity: "error",
    what: `The user data has ${length} bytes.`,
    why: `KubeVirt takes ${LONGEST_USER_DATA} within a manifest, and refuses the VM.`,
    mend: "Put it into a Secret under the key userdata, and name that with secretRef.",
  })];
};

/** Static credentials come before the role in every AWS SDK's order. */
export const staticCredentials: Rule = (subject) => {
  const { cloudInit } = subject;
  if (cloudInit?.userData.kind !== "given") return [];
  const text = new TextDecoder().decode(cloudInit.userData.bytes);
  const name = /\b(AWS_ACCESS_KEY_ID|AWS_PROFILE)\b/i.exec(text)?.[1];
  if (name === undefined) return [];
  return [findingAt(subject, userDataPath(subject), {
    code: "static-credentials",
    severity: "warning",
    what: `The user data sets ${name}.`,
    why:
      "AWS SDKs look at keys and profiles before they look at the web identity token: programs that see " +
      "them do not use the role.",
    mend: "Remove them from the user data, and from the image.",
  })];
};

function userDataPath({ cloudInit }: Subject): readonly (string | number)[] {
  if (cloudInit === undefined) return ["spec", "volumes"];
  const field = cloudInit.userData.kind === "given" ? [cloudInit.userData.field] : [];
  return ["spec", "volumes", cloudInit.index, cloudInit.source, ...field];
}

export const CLOUD_INIT_RULES: readonly Rule[] = [
  cloudInitMissing,
  cloudInitEmpty,
  cloudInitRepeated,
  userDataUntouched,
  hookFails,
  userDataTooLong,
  staticCredentials,
];
