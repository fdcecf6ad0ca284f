/** virt-launcher's limits for a sidecar (kubevirt/kubevirt pkg/hooks/manager.go). */
import assert from "node:assert/strict";
import { LINUX, noCloudData } from "../support/kubevirt.ts";
import { startSidecar } from "../support/sidecar.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";

const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;

/** How long virt-launcher waits for Info before it panics. */
const INFO_DEADLINE_MS = 1_000;

/** The largest request that the sidecar accepts. */
const MAX_REQUEST_BYTES = 16 * 1024 * 1024;

/** More than a request needs in addition to the VMI. */
const OTHER_BYTES = 16 * 1024;

Deno.test("Info is answered in time by a sidecar that has only just started", async () => {
  await using earlier = await startSidecar();
  // The first call of the test's own process is slow.
  await new VirtLauncher(earlier.socket).info();
  await using sidecar = await startSidecar();
  const { name } = await new VirtLauncher(sidecar.socket, "v1alpha3", INFO_DEADLINE_MS).info();
  assert.equal(name, "eks-irsa");
});

Deno.test("a call of nearly 16 MiB is answered", async () => {
  await using sidecar = await startSidecar();
  const vmi = { ...LINUX.vmi, status: "x".repeat(MAX_REQUEST_BYTES - OTHER_BYTES) };
  const domain = await new VirtLauncher(sidecar.socket).onDefineDomain({ ...LINUX, vmi });
  assert.match(domain, /<target dir="aws-iam-token"\/>/);
});

Deno.test("a call of more than 16 MiB is refused, and the next one is answered", async () => {
  await using sidecar = await startSidecar();
  const launcher = new VirtLauncher(sidecar.socket);
  const vmi = { ...LINUX.vmi, status: "x".repeat(MAX_REQUEST_BYTES) };
  await assert.rejects(launcher.onDefineDomain({ ...LINUX, vmi }), { code: RESOURCE_EXHAUSTED });
  assert.match(await launcher.onDefineDomain(LINUX), /<target dir="aws-iam-token"\/>/);
});

Deno.test("a response of more than virt-launcher's 4 MiB is refused, and the message says what to do", async () => {
  await using sidecar = await startSidecar();
  const cloudInitData = noCloudData(`#cloud-config\n# ${"x".repeat(4 << 20)}\n`);
  const call = new VirtLauncher(sidecar.socket).preCloudInitIso({ vmi: {}, cloudInitData });
  await assert.rejects(call, {
    code: INVALID_ARGUMENT,
    details:
      /has \d+ bytes, and virt-launcher accepts at most 4194304: make the user data of the VM smaller/,
  });
});
