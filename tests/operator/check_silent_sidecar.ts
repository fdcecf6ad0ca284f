import { image, OURS, s390x } from "./check_case.ts";
import { without } from "./check_edits.ts";
import { all, annotation, args, sidecars } from "./edit.ts";
import { sysprepVm } from "./sysprep_vm.ts";
import type { Silent } from "./check_silent.ts";

/** The annotation with the sidecars, and their args. */
export const SIDECAR_SILENT: readonly Silent[] = [
  // The annotation.
  ["sidecar-missing", "an annotation that is empty", annotation("")],
  [
    "sidecar-missing",
    "an annotation on the VirtualMachine, which the rule sidecar-misplaced finds",
    all(({ vm }) => vm.metadata.annotations = vm.spec.template.metadata.annotations, without),
  ],

  // How the sidecars run.
  [
    "other-sidecar",
    "another sidecar, and this one does not change the cloud-init data",
    all(
      args("--hooks", "onDefineDomain"),
      sidecars({ ...OURS, args: ["--hooks", "onDefineDomain"] }, { image: "a:1" }),
    ),
  ],
  ["other-sidecar", "another sidecar alone, and not this one", sidecars({ image: "a:1" })],
  ["hooks-without-cloud-init", "args that are not valid", args("--os", "x")],
  [
    "hooks-without-cloud-init",
    "a Windows guest with a sysprep volume, whose script may give the role",
    sysprepVm,
  ],
  [
    "hooks-without-cloud-init",
    "a guest with Alpine, which the rule guest-without-systemd finds",
    all(image("registry.example/alpine:3"), args("--hooks", "onDefineDomain")),
  ],
  [
    "hooks-without-cloud-init",
    "a machine without SMBIOS, and the sidecar changes the cloud-init data",
    s390x,
  ],
  [
    "hooks-without-cloud-init",
    "--delivery domain, and the domain can give the role",
    args("--delivery", "domain"),
  ],
];
