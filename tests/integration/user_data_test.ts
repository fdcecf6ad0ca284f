/** The owner's user data is returned byte for byte by a whole call, in every format. */
import assert from "node:assert/strict";
import { partsOf, settingsIn } from "../support/guest_part.ts";
import { LINUX, WINDOWS } from "../support/kubevirt.ts";
import { decodeBody, readEntity } from "../support/mime.ts";
import { repositoryPath } from "../support/paths.ts";
import { startSidecar } from "../support/sidecar.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";

/** A file of the conformance corpus, and the type of the part with it; undefined for a message. */
type Carried = readonly [string, string | undefined];

const GUESTS: readonly (readonly [string, typeof LINUX | typeof WINDOWS, readonly Carried[]])[] = [
  ["user_data", LINUX, [
    ["cloud-config", "text/plain"],
    ["script-sh", "text/plain"],
    ["boothook", "text/plain"],
    ["jinja-cloud-config", "text/plain"],
    ["jinja-script", "text/plain"],
    ["include", "text/plain"],
    ["include-once", "text/plain"],
    ["part-handler", "text/plain"],
    ["archive-several-entries", "text/plain"],
    ["cloud-config-patch-jsonp", "text/plain"],
    ["message", undefined],
    ["message-nested", undefined],
    ["message-crlf", undefined],
  ]],
  ["user_data_windows", WINDOWS, [
    ["cloud-config", "text/cloud-config"],
    ["ps1-sysnative", "text/x-shellscript"],
    ["rem-cmd", "text/x-shellscript"],
    ["python", "text/x-shellscript"],
    ["message", undefined],
    ["message-nested", undefined],
  ]],
];

for (const [corpus, vm, files] of GUESTS) {
  Deno.test(`the owner's user data is returned byte for byte: ${corpus}`, async (test) => {
    await using sidecar = await startSidecar();
    const launcher = new VirtLauncher(sidecar.socket);
    const role = settingsIn((await launcher.preCloudInitIso(vm)).UserData).variables.AWS_ROLE_ARN;
    for (const [name, type] of files) {
      await test.step(name, async () => {
        const path = repositoryPath(`tests/conformance/${corpus}/carried/${name}.txt`);
        const original = await Deno.readTextFile(path);
        const { UserData } = await launcher.preCloudInitIso({
          ...vm,
          cloudInitData: { ...vm.cloudInitData, UserData: original },
        });
        assert.equal(settingsIn(UserData).variables.AWS_ROLE_ARN, role);
        const [, theirs = ""] = partsOf(UserData);
        if (type === undefined) {
          assert.equal(theirs, original);
        } else {
          const entity = readEntity(theirs);
          assert.equal(entity.headers.get("content-type")?.split(";")[0], type);
          assert.equal(new TextDecoder().decode(decodeBody(entity)), original);
        }
      });
    }
  });
}
