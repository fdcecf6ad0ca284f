import { ourSidecar, placeInOurs, sidecarName } from "../../manifest/hook_sidecars.ts";
import { findingInAnnotation, type Rule } from "../check_context.ts";

/** Something else runs instead of the sidecar. */
export const sidecarCommand: Rule = (subject) => {
  const { sidecars } = subject;
  const [program] = ourSidecar(sidecars)?.command ?? [];
  if (program === undefined) return [];
  return [findingInAnnotation(subject, placeInOurs(sidecars, "command"), {
    code: "sidecar-command",
    severity: "warning",
    what: `The sidecar has a command, ${JSON.stringify(program)}.`,
    why: "It replaces the program of the image: what is said here holds only if it runs that.",
    mend: "Leave out command, and give flags in args.",
  })];
};

/** The sidecar would end at once. */
export const sidecarArgs: Rule = (subject) => {
  if (subject.argsProblem === undefined) return [];
  const args = ourSidecar(subject.sidecars)?.args ?? [];
  const words = args.flatMap((arg) => /^-[\w-]+\s/.test(arg) ? arg.trim().split(/\s+/) : [arg]);
  const isJoined = words.length > args.length;
  return [findingInAnnotation(subject, placeInOurs(subject.sidecars, "args"), {
    code: "sidecar-args",
    severity: "error",
    what: `The args of the sidecar cannot be understood. ${subject.argsProblem}`,
    why:
      "The sidecar ends with exit code 2, virt-launcher waits for it in vain, and the VM does not start.",
    mend: isJoined
      ? "No shell takes them apart: write a string for each word."
      : "Mend the args in the annotation; eks-irsa-sidecar serve --help lists them.",
    ...(isJoined ? { snippet: `"args": ${JSON.stringify(words)}` } : {}),
  })];
};

/** The sidecar is there more than once. */
export const sidecarRepeated: Rule = (subject) => {
  const { sidecars } = subject;
  const count = sidecars.kind === "list"
    ? sidecars.entries.filter(({ isOurs }) => isOurs).length
    : 0;
  if (count < 2) return [];
  return [findingInAnnotation(subject, undefined, {
    code: "sidecar-repeated",
    severity: "warning",
    what: `The annotation names the sidecar ${count} times.`,
    why: "virt-launcher asks only one of them about cloud-init, whichever answers first.",
    mend: "Keep one entry.",
  })];
};

/** virt-launcher asks only the first sidecar that subscribes to PreCloudInitIso. */
export const otherSidecar: Rule = (subject) => {
  const { sidecars, hookPoints } = subject;
  if (sidecars.kind !== "list" || !hookPoints.has("PreCloudInitIso")) return [];
  const others = sidecars.entries.filter(({ isOurs, hookPath }) =>
    !isOurs && !hookPath?.endsWith("/onDefineDomain")
  );
  if (ourSidecar(sidecars) === undefined || others.length === 0) return [];
  const certain = others.some(({ hookPath }) => hookPath?.endsWith("/preCloudInitIso"));
  return [findingInAnnotation(subject, undefined, {
    code: "other-sidecar",
    severity: certain ? "error" : "warning",
    what: `Another sidecar ${certain ? "changes" : "may change"} the cloud-init data too: ${
      others.map(sidecarName).join(", ")
    }.`,
    why:
      "virt-launcher asks only one sidecar that subscribes to preCloudInitIso, whichever answers " +
      "first.",
    mend: certain
      ? "Put what the other one does into the VM's own user data, and remove it."
      : "Make sure that the other one does not subscribe to preCloudInitIso, and ignore this.",
  })];
};

/** The guest gets no variables. */
export const hooksWithoutCloudInit: Rule = (subject) => {
  if (subject.hookPoints.has("PreCloudInitIso") || subject.argsProblem !== undefined) return [];
  return [findingInAnnotation(subject, placeInOurs(subject.sidecars, "args"), {
    code: "hooks-without-cloud-init",
    severity: "warning",
    what: "The sidecar is told not to change the cloud-init data.",
    why:
      "The guest has the device of the token's share, but nothing mounts it or sets AWS_ROLE_ARN.",
    mend: "Leave out --hooks and --version, or set up the guest yourself.",
  })];
};

/** The domain gets no device. */
export const hooksWithoutDomain: Rule = (subject) => {
  if (subject.hookPoints.has("OnDefineDomain") || subject.share.socket === undefined) return [];
  return [findingInAnnotation(subject, placeInOurs(subject.sidecars, "args"), {
    code: "hooks-without-domain",
    severity: "error",
    what: "The sidecar is told not to change the domain.",
    why: "The VM has no device for the token's share, so that the guest cannot reach the token.",
    mend: "Leave out --hooks, or share the token's folder with a containerPath volume.",
  })];
};

/** Only v1alpha3 ends the sidecar after a migration. */
export const hookVersion: Rule = (subject) => {
  if (subject.hookPoints.has("Shutdown")) return [];
  return [findingInAnnotation(subject, placeInOurs(subject.sidecars, "args"), {
    code: "hook-version",
    severity: "warning",
    what: `The sidecar is told to serve ${subject.options.versions.join(", ")} only.`,
    why:
      "Shutdown came with v1alpha3: without it the pod of a VM that was migrated away never ends.",
    mend: "Leave out --version: the sidecar then serves every version that KubeVirt knows.",
  })];
};

export const SIDECAR_RULES: readonly Rule[] = [
  sidecarCommand,
  sidecarArgs,
  sidecarRepeated,
  otherSidecar,
  hooksWithoutCloudInit,
  hooksWithoutDomain,
  hookVersion,
];
