import assert from "node:assert/strict";
import { usedServiceAccount } from "../../../src/kubevirt/service_account.ts";

const volumes = [
  { name: "root", containerDisk: { image: "fedora" } },
  { name: "account", serviceAccount: { serviceAccountName: "of-the-volume" } },
];

Deno.test("the service account that spec names wins", () => {
  assert.deepEqual(usedServiceAccount({ spec: { serviceAccountName: "of-spec", volumes } }), {
    name: "of-spec",
    path: ["serviceAccountName"],
  });
});

Deno.test("without it, the pod has the service account of a volume", () => {
  assert.deepEqual(usedServiceAccount({ spec: { serviceAccountName: "", volumes } }), {
    name: "of-the-volume",
    path: ["volumes", 1, "serviceAccount", "serviceAccountName"],
  });
});

Deno.test("a VMI that names none has the namespace's default", () => {
  assert.deepEqual(usedServiceAccount({}), { name: "default", path: undefined });
});
