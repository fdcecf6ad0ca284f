import { ourSidecar, sidecarName } from "../../manifest/hook_sidecars.ts";
import { inAnnotation, inOurEntry } from "../places.ts";
import type { Rule } from "../rule.ts";

const sidecarCommand: Rule = {
  code: "sidecar-command",
  severity: "warning",
  looksAt: "The sidecar",
  summary: "a command replaces the program of the image",
  find(context) {
    const [program] = ourSidecar(context.sidecars)?.command ?? [];
    if (program === undefined) return [];
    return [inOurEntry(context, "command", {
      what: `The sidecar has a command, ${JSON.stringify(program)}.`,
      why: "It replaces the program of the image: this check is right only if it runs that.",
      fix: "Leave out command, and give flags in args.",
    })];
  },
};

const sidecarArgs: Rule = {
  code: "sidecar-args",
  severity: "error",
  looksAt: "The sidecar",
  summary: "the sidecar would end at once, because of its args",
  find(context) {
    const { plan, sidecars } = context;
    if (plan.kind !== "args refused") return [];
    const args = ourSidecar(sidecars)?.args ?? [];
    const words = args.flatMap((arg) => /^-[\w-]+\s/.test(arg) ? arg.trim().split(/\s+/) : [arg]);
    const isJoined = words.length > args.length;
    return [inOurEntry(context, "args", {
      what: `The args of the sidecar cannot be understood. ${plan.message}`,
      why:
        "The sidecar ends with exit code 2, virt-launcher waits for it in vain, and the VM does not start.",
      fix: isJoined
        ? "No shell splits them: write a string for each word."
        : "Correct the args in the annotation; eks-irsa-sidecar serve --help lists them.",
      ...(isJoined ? { snippet: `"args": ${JSON.stringify(words)}` } : {}),
    })];
  },
};

const sidecarRepeated: Rule = {
  code: "sidecar-repeated",
  severity: "warning",
  looksAt: "The sidecar",
  summary: "the sidecar is there more than once",
  find(context) {
    const { sidecars } = context;
    const count = sidecars.kind === "list"
      ? sidecars.entries.filter(({ isOurs }) => isOurs).length
      : 0;
    if (count < 2) return [];
    return [inAnnotation(context, undefined, {
      what: `The annotation names the sidecar ${count} times.`,
      why: "virt-launcher asks only one of them about cloud-init, whichever answers first.",
      fix: "Keep one entry.",
    })];
  },
};

const otherSidecar: Rule = {
  code: "other-sidecar",
  severity: "error",
  looksAt: "The sidecar",
  summary: "another sidecar changes the cloud-init data too (a warning if that is not certain)",
  find(context) {
    const { sidecars, hookPoints } = context;
    if (sidecars.kind !== "list" || !hookPoints.has("PreCloudInitIso")) return [];
    const others = sidecars.entries.filter(({ isOurs, hookPath }) =>
      !isOurs && !hookPath?.endsWith("/onDefineDomain")
    );
    if (ourSidecar(sidecars) === undefined || others.length === 0) return [];
    const isCertain = others.some(({ hookPath }) => hookPath?.endsWith("/preCloudInitIso"));
    return [inAnnotation(context, undefined, {
      severity: isCertain ? "error" : "warning",
      what: `Another sidecar ${isCertain ? "changes" : "may change"} the cloud-init data too: ${
        others.map(sidecarName).join(", ")
      }.`,
      why:
        "virt-launcher asks only one sidecar that subscribes to preCloudInitIso, whichever answers " +
        "first.",
      fix: isCertain
        ? "Put what the other one does into the VM's own user data, and remove it."
        : "Make sure that the other one does not subscribe to preCloudInitIso, and ignore this.",
    })];
  },
};

const hooksWithoutCloudInit: Rule = {
  code: "hooks-without-cloud-init",
  severity: "warning",
  looksAt: "The sidecar",
  summary: "`--hooks` or `--version` leaves the guest without variables",
  find(context) {
    const { hookPoints, plan } = context;
    if (hookPoints.has("PreCloudInitIso") || plan.kind === "args refused") return [];
    return [inOurEntry(context, "args", {
      what: "The sidecar is told not to change the cloud-init data.",
      why:
        "The guest has the device of the token's share, but nothing mounts it or sets AWS_ROLE_ARN.",
      fix: "Leave out --hooks and --version, or set up the guest yourself.",
    })];
  },
};

const hooksWithoutDomain: Rule = {
  code: "hooks-without-domain",
  severity: "error",
  looksAt: "The sidecar",
  summary: "`--hooks` leaves the VM without the device",
  find(context) {
    const { hookPoints, share } = context;
    if (hookPoints.has("OnDefineDomain") || share.kind === "containerPath") return [];
    return [inOurEntry(context, "args", {
      what: "The sidecar is told not to change the domain.",
      why: "The VM has no device for the token's share, so that the guest cannot reach the token.",
      fix: "Leave out --hooks, or share the token's folder with a containerPath volume.",
    })];
  },
};

const hookVersion: Rule = {
  code: "hook-version",
  severity: "warning",
  looksAt: "The sidecar",
  summary: "a version without Shutdown",
  find(context) {
    const { hookPoints, options } = context;
    if (hookPoints.has("Shutdown")) return [];
    return [inOurEntry(context, "args", {
      what: `The sidecar is told to serve ${options.versions.join(", ")} only.`,
      why:
        "Shutdown came with v1alpha3: without it the pod of a VM that was migrated away never ends.",
      fix: "Leave out --version: the sidecar then serves every version that KubeVirt knows.",
    })];
  },
};

/** What is wrong with how the sidecar runs, and with others beside it. */
export const SIDECAR_RULES: readonly Rule[] = [
  sidecarCommand,
  sidecarArgs,
  sidecarRepeated,
  otherSidecar,
  hooksWithoutCloudInit,
  hooksWithoutDomain,
  hookVersion,
];
