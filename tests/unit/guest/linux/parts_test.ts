import assert from "node:assert/strict";
import { linuxGuest } from "../../../../src/guest/linux/guest.ts";
import { linuxSettings } from "../../../../src/guest/linux/settings.ts";
import { settingsLine } from "../../../../src/guest/settings.ts";
import { SETTINGS } from "../../../support/linux_settings.ts";
import { repositoryPath } from "../../../support/paths.ts";

const { first, last } = linuxGuest.parts(SETTINGS);

/** A script without the line breaks at its end. */
const file = (name: string) =>
  Deno.readTextFileSync(repositoryPath(`src/guest/linux/${name}`)).trimEnd();

Deno.test("cloud-init runs the first part at every boot, and the last one as a part handler", () => {
  assert.equal(first.type, "text/cloud-boothook");
  assert.equal(first.filename, "eks-irsa-sidecar.sh");
  assert.equal(last?.type, "text/part-handler");
  assert.equal(last.filename, "eks-irsa-sidecar.py");
});

Deno.test("the boothook carries the settings and the other scripts, each behind its comment", () => {
  assert.equal(
    first.body,
    `#cloud-boothook
${file("boothook.sh")}

${settingsLine(linuxSettings(SETTINGS))}
#eks-irsa-role
${file("role.sh")}
#eks-irsa-refresher
${file("refresh.sh")}
#eks-irsa-end
`,
  );
});
