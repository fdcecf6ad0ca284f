import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import type { HookContext } from "../../../src/hooks/decision.ts";
import { onDefineDomain } from "../../../src/hooks/on_define_domain.ts";
import { preCloudInitIso } from "../../../src/hooks/pre_cloud_init_iso.ts";
import { captureIdentity } from "../../../src/identity/identity.ts";
import { ourPartOf, settingsTextIn } from "../../support/guest_part.ts";
import { inEachShell } from "../../support/in_each_shell.ts";
import { LINUX, WINDOWS } from "../../support/kubevirt.ts";
import { repositoryPath } from "../../support/paths.ts";
import type { ScratchGuest } from "../../support/scratch_guest.ts";
import { IRSA_ENVIRONMENT } from "../../support/sidecar.ts";
import type { CloudInitData } from "../../support/virt_launcher.ts";
import { NO_FLAGS } from "../../support/vm_options.ts";

/**
 * What a VM with IRSA gets, recorded before the sidecar knew EKS Pod Identity: that must change nothing for it but the
 * text of the scripts. A change that means to alter this records it anew, with RECORD=1.
 */
const RECORDED = repositoryPath("tests/fixtures/irsa.json");

const CONTEXT: HookContext = {
  identity: captureIdentity(IRSA_ENVIRONMENT),
  ...NO_FLAGS,
};

const CONTAINER_PATH_VMI = {
  spec: {
    domain: { devices: { filesystems: [{ name: "irsa", virtiofs: {} }] } },
    volumes: [{
      name: "irsa",
      containerPath: { path: "/var/run/secrets/eks.amazonaws.com/serviceaccount" },
    }],
  },
};

interface Vm {
  readonly vmi: unknown;
  readonly domainXml: string;
  readonly cloudInitData: CloudInitData;
}

const VMS: Readonly<Record<string, Vm>> = {
  "Linux, by the webhook's share": LINUX,
  "Linux, by a containerPath volume": { ...LINUX, vmi: CONTAINER_PATH_VMI },
  "Windows, by the webhook's share": WINDOWS,
};

const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** The domain, with the settings in the place of the script that carries them. */
function domainOf({ vmi, domainXml }: Vm): string {
  const { result } = onDefineDomain({
    domainXML: new TextEncoder().encode(domainXml),
    vmi: encode(vmi),
  }, CONTEXT);
  return new TextDecoder().decode(result().domainXML).replace(
    /eks-irsa-sidecar:gzip=([^<]+)/,
    (_text, base64) => settingsTextIn(gunzipSync(Uint8Array.fromBase64(base64)).toString()),
  );
}

/** The user data that the guest finds on its disk. */
function userDataOf({ vmi, cloudInitData }: Vm): string {
  const { cloudInitData: pieces } = preCloudInitIso({
    vmi: encode(vmi),
    cloudInitData: encode(cloudInitData),
    cloudInitNoCloudSource: encode({ userData: cloudInitData.UserData }),
  }, CONTEXT).result();
  // It is CloudInitData, as the hook was given it.
  const { UserData } = JSON.parse(Buffer.concat(pieces).toString()) as CloudInitData;
  return UserData;
}

/** What the guest is told, and what its shell then leaves of it. */
async function stateOf(guest: ScratchGuest, vm: Vm): Promise<unknown> {
  const part = ourPartOf(userDataOf(vm));
  guest.attachDisk("cidata", "user-data", part.body);
  guest.shareToken("t");
  guest.write("etc/environment", "EDITOR=vi\n");
  await guest.boot(part);
  const state = "run/eks-irsa-sidecar";
  return {
    calls: guest.calls(),
    environment: guest.read("etc/environment"),
    systemd: guest.systemdEnvironment(),
    files: guest.names(state),
    kept: Object.fromEntries(
      ["variables", "settings"].map((name) => [name, guest.read(`${state}/${name}`)]),
    ),
    // The last line is the PATH of this machine.
    share: guest.read(`${state}/share`).split("\n").toSpliced(4, 1),
    units: guest.names("run/systemd/system"),
    token: guest.read("run/aws-iam-token/token"),
  };
}

async function recorded(key: string, found: unknown): Promise<void> {
  const known = JSON.parse(await Deno.readTextFile(RECORDED)) as Record<string, unknown>;
  if (Deno.env.get("RECORD") === "1") {
    const changed = JSON.stringify({ ...known, [key]: found }, null, 2);
    await Deno.writeTextFile(RECORDED, `${changed}\n`);
    return;
  }
  assert.deepEqual(found, known[key]);
}

for (const [name, vm] of Object.entries(VMS)) {
  Deno.test(`a VM with IRSA has the domain that it had: ${name}`, async () => {
    await recorded(`domain: ${name}`, domainOf(vm));
  });

  Deno.test(`a VM with IRSA has the settings that it had: ${name}`, async () => {
    await recorded(`settings: ${name}`, settingsTextIn(userDataOf(vm)));
  });
}

inEachShell("a guest with IRSA has the state that it had, by the same programs", async (guest) => {
  await recorded("state", await stateOf(guest, LINUX));
});
