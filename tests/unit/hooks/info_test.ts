import assert from "node:assert/strict";
import { HOOK_VERSIONS, type InfoOptions, sidecarInfo } from "../../../src/hooks/info.ts";

function hookPoints(options: Partial<InfoOptions>, hasRole = true): readonly string[] {
  const defaults: InfoOptions = { versions: HOOK_VERSIONS, hooks: undefined, delivery: "auto" };
  return sidecarInfo({ ...defaults, ...options }, hasRole).hookPoints.map(({ name }) => name);
}

Deno.test("with a role the sidecar subscribes to both hooks", () => {
  assert.deepEqual(hookPoints({}), ["OnDefineDomain", "PreCloudInitIso", "Shutdown"]);
});

Deno.test("delivery by the domain alone leaves PreCloudInitIso to others, so that no cloud-init volume is needed", () => {
  assert.deepEqual(hookPoints({ delivery: "domain" }), ["OnDefineDomain", "Shutdown"]);
});

Deno.test("virt-launcher's log shows the sidecar by its own name", () => {
  const options: InfoOptions = { versions: HOOK_VERSIONS, hooks: undefined, delivery: "auto" };
  assert.equal(sidecarInfo(options, true).name, "eks-irsa");
});

Deno.test("--hooks wins, and without a role nothing else subscribes", () => {
  const hooks = ["preCloudInitIso"] as const;
  assert.deepEqual(hookPoints({ hooks }, false), ["PreCloudInitIso", "Shutdown"]);
  assert.deepEqual(hookPoints({ delivery: "domain" }, false), ["Shutdown"]);
});
