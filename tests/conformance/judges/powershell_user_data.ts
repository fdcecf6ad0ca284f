import { partsOf } from "../../support/guest_part.ts";
import { WINDOWS } from "../../support/kubevirt.ts";
import { decodeBody, readEntity } from "../../support/mime.ts";
import {
  type KnownVm,
  POD_IDENTITY_ENVIRONMENT,
  sharingPodIdentity,
} from "../../support/pod_identity.ts";
import { runSidecar, startSidecar } from "../../support/sidecar.ts";
import { VirtLauncher } from "../../support/virt_launcher.ts";
import { expect } from "./judge.ts";
import {
  AWKWARD,
  LATER,
  SYSPREP_LATER_ROLE,
  SYSPREP_REGION,
  SYSPREP_ROLE,
  type SysprepFiles,
  type UserData,
  type Written,
} from "./powershell_written.ts";

const NESTED_PATH = "C:\\elsewhere\\a\\b\\token-share";

/**
 * What the sidecar, run from source, writes for the machines of the scenarios.
 *
 * @param repository its root
 */
export async function writtenBySidecar(repository: string): Promise<Written> {
  return {
    first: await writtenFor(AWKWARD),
    later: await writtenFor(LATER),
    podIdentity: await writtenFor(
      POD_IDENTITY_ENVIRONMENT,
      ["--os", "windows"],
      sharingPodIdentity(WINDOWS),
    ),
    nested: await writtenFor(AWKWARD, ["--mount-path", NESTED_PATH]),
    sysprep: await sysprepFiles(repository),
  };
}

/** A Windows guest's user data in such an environment. */
async function writtenFor(
  env: Readonly<Record<string, string>>,
  args: readonly string[] = [],
  vm: KnownVm = WINDOWS,
): Promise<UserData> {
  await using sidecar = await startSidecar({ args: ["--log-level", "error", ...args], env });
  const { UserData } = await new VirtLauncher(sidecar.socket).preCloudInitIso(vm);
  const [ours = ""] = partsOf(UserData);
  return { userData: UserData, part: new TextDecoder().decode(decodeBody(readEntity(ours))) };
}

/** What the command sysprep prints for two roles, and the text that the unattend file's command hands to PowerShell. */
async function sysprepFiles(repository: string): Promise<SysprepFiles> {
  const print = async (...args: string[]) => {
    const { code, stdout, stderr } = await runSidecar({ args: ["sysprep", ...args], env: {} });
    expect(code === 0, stderr);
    return stdout;
  };
  const vm = `${repository}/tests/operator/manifests/windows-sysprep.yaml`;
  const script = (role: string) => print(vm, "--region", SYSPREP_REGION, "--role-arn", role);
  const line = (await print("--output", "command")).trim();
  const command = /^powershell -NoProfile -ExecutionPolicy Bypass -Command "([^"]*)"$/.exec(line);
  expect(command !== null, `it is no command line of this form: ${line}`);
  return {
    first: await script(SYSPREP_ROLE),
    later: await script(SYSPREP_LATER_ROLE),
    command: command[1] ?? "",
  };
}
