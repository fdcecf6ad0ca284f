import { havePreCloudInitIso } from "../../../hooks/info.ts";
import { ourSidecar, sidecarName } from "../../manifest/hook_sidecars.ts";
import { reasonAgainstDomain } from "../../manifest_plan/delivery.ts";
import { guestWithoutCredentials } from "../../manifest_plan/guest_release.ts";
import { inAnnotation, inOurEntry } from "../places.ts";
import type { Rule } from "../rule.ts";
import { scriptVolume } from "../sysprep_volume.ts";

/** Mistakes in how the sidecar and other sidecars run. */
export const SIDECAR_RULES: readonly Rule[] = [
  {
    code: "sidecar-command",
    severity: "warning",
    looksAt: "The sidecar",
    summary: "a command replaces the image's entrypoint",
    find(context) {
      const [program] = ourSidecar(context.sidecars)?.command ?? [];
      if (program === undefined) return [];
      return [inOurEntry(context, "command", {
        what: `The sidecar has a command, ${JSON.stringify(program)}.`,
        why:
          "It replaces the image's entrypoint. This check is right only if it runs eks-irsa-sidecar.",
        fix: "Remove command, and put flags into args.",
      })];
    },
  },
  {
    code: "sidecar-args",
    severity: "error",
    looksAt: "The sidecar",
    summary: "the args are not valid, so the sidecar ends at once",
    find(context) {
      const { plan, sidecars } = context;
      if (plan.kind !== "args refused") return [];
      const args = ourSidecar(sidecars)?.args ?? [];
      const words = args.flatMap((arg) => /^-[\w-]+\s/.test(arg) ? arg.trim().split(/\s+/) : [arg]);
      const isJoined = words.length > args.length;
      return [inOurEntry(context, "args", {
        what: `The args of the sidecar are not valid. ${plan.message}`,
        why:
          "The sidecar ends with exit code 2, virt-launcher finds no socket, and the VM does not start.",
        fix: isJoined
          ? "No shell splits the args: write one string for each word."
          : "Correct the args in the annotation; eks-irsa-sidecar serve --help lists them.",
        ...(isJoined ? { snippet: `"args": ${JSON.stringify(words)}` } : {}),
      })];
    },
  },
  {
    code: "other-sidecar",
    severity: "error",
    looksAt: "The sidecar",
    summary: "another sidecar changes the cloud-init data too (a warning if that is not certain)",
    find(context) {
      const { sidecars, hookPoints } = context;
      if (sidecars.kind !== "list" || !hookPoints.has("PreCloudInitIso")) return [];
      const ours = ourSidecar(sidecars);
      const others = sidecars.entries.filter((entry) =>
        entry !== ours && !entry.hookPath?.endsWith("/onDefineDomain")
      );
      if (ours === undefined || others.length === 0) return [];
      // The same sidecar a second time is another one, too.
      const isCertain = others.some(({ isOurs, hookPath }) =>
        isOurs || hookPath?.endsWith("/preCloudInitIso")
      );
      return [inAnnotation(context, undefined, {
        severity: isCertain ? "error" : "warning",
        what: `Another sidecar ${isCertain ? "changes" : "may change"} the cloud-init data too: ${
          others.map(sidecarName).join(", ")
        }.`,
        why:
          "virt-launcher calls PreCloudInitIso of only one sidecar that subscribes to it, the first that answers.",
        fix: isCertain
          ? "Do in the VM's user data what the other sidecar does, and remove that sidecar."
          : "If the other sidecar does not subscribe to PreCloudInitIso, ignore this warning.",
      })];
    },
  },
  {
    code: "hooks-without-cloud-init",
    severity: "warning",
    looksAt: "The sidecar",
    summary: "`--hooks` or `--version` leaves the role to the domain, which cannot give it " +
      "(an error for `--delivery domain`)",
    find(context) {
      const { hookPoints, options, plan, virtualMachine } = context;
      if (plan.kind !== "planned" || hookPoints.has("PreCloudInitIso")) return [];
      // The script on a sysprep CD gives the role, or its own rules find why not.
      if (scriptVolume(context) !== undefined) return [];
      // The rule guest-without-systemd finds the guest.
      if (guestWithoutCredentials(virtualMachine) !== undefined) return [];
      const reason = reasonAgainstDomain(plan);
      if (reason === undefined) return [];
      const isAsked = options.hooks === undefined && havePreCloudInitIso(options.versions);
      return [inOurEntry(context, "args", {
        severity: isAsked ? "error" : "warning",
        what:
          "The args keep the sidecar from changing the cloud-init data, and the domain cannot give the " +
          `guest its role: ${reason}.`,
        why:
          "The guest has the device of the token's share, but nothing mounts it or sets AWS_ROLE_ARN.",
        fix: isAsked
          ? "Remove --delivery, and give the VM a cloud-init volume if it has none."
          : "Remove --hooks and --version, or set up the guest yourself.",
      })];
    },
  },
  {
    code: "hooks-without-domain",
    severity: "error",
    looksAt: "The sidecar",
    summary: "`--hooks` leaves the VM without the device",
    find(context) {
      const { hookPoints, share } = context;
      if (hookPoints.has("OnDefineDomain") || share.kind === "containerPath") return [];
      return [inOurEntry(context, "args", {
        what: "The args keep the sidecar from changing the domain.",
        why: "The VM has no device for the token's share, so the guest cannot reach the token.",
        fix: "Remove --hooks, or share the token's folder with a containerPath volume.",
      })];
    },
  },
  {
    code: "hook-version",
    severity: "warning",
    looksAt: "The sidecar",
    summary: "`--version` without v1alpha3, which has Shutdown",
    find(context) {
      const { hookPoints, options } = context;
      if (hookPoints.has("Shutdown")) return [];
      return [inOurEntry(context, "args", {
        what: `The args limit the sidecar to ${options.versions.join()}.`,
        why:
          "Shutdown came with v1alpha3: without it the pod of a VM that was migrated away never ends.",
        fix: "Remove --version: the sidecar then serves every version that KubeVirt knows.",
      })];
    },
  },
];
