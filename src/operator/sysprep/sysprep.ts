import type { SysprepOptions } from "../../cli/command_line.ts";
import { WINDOWS_SCRIPT_NAME } from "../../guest/windows/guest.ts";
import { SYSPREP_COMMAND } from "../../guest/windows/sysprep.ts";
import { usedServiceAccount } from "../../kubevirt/service_account.ts";
import { accountRole } from "../manifest/account_role.ts";
import { findObject, type Manifest, ManifestError, titleOf } from "../manifest/manifest.ts";
import { readManifestFiles } from "../manifest/read_files.ts";
import { ROLE_ANNOTATION } from "../manifest/service_account.ts";
import { type ManifestSysprep, manifestSysprep } from "../manifest/sysprep.ts";
import { type VirtualMachine, virtualMachinesIn } from "../manifest/virtual_machine.ts";
import { admissionOf } from "../manifest_plan/manifest_admission.ts";
import { sysprepScript } from "../manifest_plan/sysprep_script.ts";

/**
 * Prints the script for the sysprep volume of a Windows VM, or the command of its unattend file.
 *
 * @returns The exit code.
 * @throws {ManifestError} if the manifests have not exactly one virtual machine, with a sysprep volume and a role.
 */
export async function sysprep(options: SysprepOptions): Promise<number> {
  if (options.output === "command") {
    console.log(SYSPREP_COMMAND);
    return 0;
  }
  const manifests = await readManifestFiles(options.files);
  const written = onlyOne(virtualMachinesIn(manifests, options.files));
  const { intended, identity: kind } = admissionOf(written, manifests);
  const virtualMachine = { ...written, vmi: intended };
  const title = titleOf(virtualMachine.manifest);
  const volume = manifestSysprep(virtualMachine, manifests);
  if (volume === undefined) {
    throw new ManifestError(
      `${title} has no sysprep volume, from whose CD the script is run. A guest with cloudbase-init needs a ` +
        "cloud-init volume instead, and no script.",
    );
  }
  const roleArn = kind === "pod identity"
    ? undefined
    : options.roleArn ?? roleOf(virtualMachine, manifests);
  const script = sysprepScript(virtualMachine, { ...options, kind, roleArn }, manifests);
  if (script.kind !== "script") throw new ManifestError(`${title}: ${script.message}`);
  console.log(options.output === "patch" ? patchOf(volume, script.text) : script.text.trimEnd());
  return 0;
}

function onlyOne(virtualMachines: readonly VirtualMachine[]): VirtualMachine {
  const [virtualMachine, ...others] = virtualMachines;
  if (virtualMachine !== undefined && others.length === 0) return virtualMachine;
  throw new ManifestError(
    `The script is for one virtual machine, and there are ${virtualMachines.length}: give a file with only one.`,
  );
}

function roleOf(virtualMachine: VirtualMachine, manifests: readonly Manifest[]): string {
  const { name } = usedServiceAccount(virtualMachine.vmi);
  const { namespace } = virtualMachine.manifest;
  const role = accountRole(manifests, namespace, name);
  if (role !== undefined) return role.arn;
  const found = findObject(manifests, "ServiceAccount", namespace, name);
  throw new ManifestError(
    found === undefined
      ? `The role of the service account ${name} is unknown: add its manifest, or set --role-arn.`
      : `The service account ${name} has no annotation ${ROLE_ANNOTATION}: add it, or set --role-arn.`,
  );
}

/** A JSON merge patch (RFC 7386) of the ConfigMap or Secret, for `kubectl patch --type merge`. */
function patchOf({ kind }: ManifestSysprep, script: string): string {
  const field = kind === "Secret" ? "stringData" : "data";
  return JSON.stringify({ [field]: { [WINDOWS_SCRIPT_NAME]: script } });
}
