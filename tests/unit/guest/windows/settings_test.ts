import assert from "node:assert/strict";
import type { GuestSettings } from "../../../../src/guest/settings.ts";
import { windowsSettings } from "../../../../src/guest/windows/settings.ts";
import { repositoryPath } from "../../../support/paths.ts";

const SETTINGS: GuestSettings = {
  mountTag: "irsa",
  mountPath: "C:\\ProgramData\\eks-irsa-sidecar\\share",
  tokenName: "token",
  tokenReaders: "everyone",
  agentRoute: undefined,
  variables: new Map([["AWS_NOTE", 'two "words"\nand a line']]),
};

Deno.test("the settings are JSON with the number of their format", () => {
  assert.deepEqual(JSON.parse(windowsSettings(SETTINGS)), {
    format: 1,
    mountTag: "irsa",
    mountPath: "C:\\ProgramData\\eks-irsa-sidecar\\share",
    tokenName: "token",
    tokenReaders: "everyone",
    variables: { AWS_NOTE: 'two "words"\nand a line' },
  });
});

Deno.test("the script knows the format of the settings that it comes with", () => {
  const script = Deno.readTextFileSync(repositoryPath("src/guest/windows/names.ps1"));
  const known = /^\$settingsFormat = (\d+)$/m.exec(script)?.[1];
  const { format } = JSON.parse(windowsSettings(SETTINGS)) as { readonly format: number };
  assert.equal(known, String(format));
});
