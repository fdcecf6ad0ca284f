import { unpack } from "../../../cloud_init/user_data.ts";
import { decodeUtf8 } from "../../../text/utf8.ts";
import { placeInOurs } from "../../manifest/hook_sidecars.ts";
import { positionIn } from "../../manifest/parse.ts";
import { findingAt, findingInAnnotation, findingInUserData, type Rule } from "../check_context.ts";
import { yamlFault } from "../yaml_fault.ts";

/** User data that is meant for another program than cloud-init, or has lost its first line. */
const HEADERLESS = /^\uFEFF?(?:\s|#.*\n)*(\{|---|[\w.-]+:(\s|$))/;

/** The guest's reader would not act on our part beside this user data. */
export const userDataUntouched: Rule = (subject) => {
  const { plan, cloudInit, hookPoints } = subject;
  if ("failure" in plan || cloudInit?.userData.kind !== "given") return [];
  if (!hookPoints.has("PreCloudInitIso") || plan.guest.injection.kind !== "untouched") return [];
  const { os, evidence } = plan.guest.verdict;
  return [findingInUserData(subject, undefined, {
    code: "user-data-untouched",
    severity: "error",
    what: `Nothing can be put beside this user data: ${plan.guest.injection.reason}.`,
    why: `The sidecar hands it back as it is, and the ${os} guest (${evidence}) gets no role.`,
    ...mendForUntouched(os, decodeUtf8(plan.guest.original) ?? ""),
  })];
};

function mendForUntouched(os: string, userData: string): { mend: string; snippet?: string } {
  if (os === "windows") {
    return {
      mend:
        "Begin it with #cloud-config, #ps1_sysnative or another opening of cloudbase-init's; name a Linux guest " +
        "with --os linux.",
    };
  }
  const opening = HEADERLESS.exec(userData)?.[1];
  if (opening !== undefined) {
    // A header would break what Ignition or Talos reads.
    const isYaml = opening !== "{";
    return {
      mend:
        (isYaml ? "If cloud-init is to read it, its first line has to be #cloud-config. " : "") +
        "If another program reads it, such as Ignition or Talos, keep it: use an image with cloud-init, or set up " +
        "the guest yourself and give the sidecar:",
      snippet: '"args": ["--hooks", "onDefineDomain"]',
    };
  }
  return {
    mend:
      "Begin it with #cloud-config, #! or another opening of cloud-init's; name a Windows guest with --os windows.",
  };
}

/** A hook would fail, and virt-launcher would not start the VM. */
export const hookFails: Rule = (subject) => {
  const { plan, argsProblem } = subject;
  if (!("failure" in plan) || argsProblem !== undefined) return [];
  const finding = {
    code: "hook-fails",
    severity: "error",
    what: plan.failure,
    why: "The sidecar answers virt-launcher with this error, and the VM does not start.",
    mend: "Do what the message says.",
  } as const;
  switch (plan.origin) {
    case "args":
      return [findingInAnnotation(subject, placeInOurs(subject.sidecars, "args"), finding)];
    case "user data":
      return [findingInUserData(subject, undefined, finding)];
    case "VMI":
      return [findingAt(subject, ["spec"], finding)];
  }
};

/** Static credentials come before the role in every AWS SDK's order. */
export const staticCredentials: Rule = (subject) => {
  const { cloudInit } = subject;
  if (cloudInit?.userData.kind !== "given") return [];
  const text = new TextDecoder().decode(cloudInit.userData.bytes);
  const found = /\b(AWS_ACCESS_KEY_ID|AWS_PROFILE)\b/i.exec(text);
  if (found === null) return [];
  return [findingInUserData(subject, found.index, {
    code: "static-credentials",
    severity: "warning",
    what: `The user data sets ${found[1]}.`,
    why:
      "AWS SDKs look at keys and profiles before they look at the web identity token: programs that see " +
      "them do not use the role.",
    mend: "Remove them from the user data, and from the image.",
  })];
};

/**
 * Its reader leaves out the whole of a cloud-config that is no YAML (canonical/cloud-init cloudinit/util.py,
 * load_yaml). A jinja template is YAML only when it is rendered.
 */
export const cloudConfigMalformed: Rule = (subject) => {
  const { plan, cloudInit } = subject;
  if ("failure" in plan || cloudInit?.userData.kind !== "given") return [];
  const { injection, original } = plan.guest;
  if (injection.kind === "untouched" || !/(^| )#cloud-config$/.test(injection.format)) return [];
  const text = decodeUtf8(unpack(original)?.bytes ?? original) ?? "";
  const fault = yamlFault(text);
  if (fault === undefined) return [];
  const { line, col } = positionIn(text, fault);
  return [findingInUserData(subject, fault, {
    code: "cloud-config-malformed",
    severity: "warning",
    what:
      `The user data is #cloud-config, and stops being YAML at its line ${line}, column ${col}.`,
    why:
      "The guest leaves out all of it, and says so in its log alone; the role comes nevertheless.",
    mend: "Mend the YAML near there; cloud-init schema --config-file FILE checks it.",
  })];
};

export const CLOUD_INIT_RULES: readonly Rule[] = [
  userDataUntouched,
  hookFails,
  staticCredentials,
  cloudConfigMalformed,
];
