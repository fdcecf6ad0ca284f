/** What virt-launcher's own limits ask of a sidecar (kubevirt/kubevirt pkg/hooks/manager.go). */
import assert from "node:assert/strict";
import { LINUX, noCloudData } from "../support/kubevirt.ts";
import { startSidecar } from "../support/sidecar.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";

const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;

/** How long virt-launcher waits for Info before it panics, in milliseconds. */
const INFO_DEADLINE = 1_000;

/** The largest call that the sidecar takes, in bytes. */
const LARGEST_CALL = 16 * 1024 * 1024;

/** What a call takes beside its VMI, and then some. */
const REST = 16 * 1024;

Deno.test("Info is answered in time by a sidecar that has only just started", async () => {
  await using earlier = await startSidecar();
  // The first call of this process is slow on its own account.
  await new VirtLauncher(earlier.socket).info();
  await using sidecar = await startSidecar();
  const { name } = await new VirtLauncher(sidecar.socket, "v1alpha3", INFO_DEADLINE).info();
  assert.equal(name, "eks-irsa");
});

Deno.test("a call of nearly 16 MiB is answered", async () => {
  await using sidecar = await startSidecar();
  const vmi = { ...LINUX.vmi, status: "x".repeat(LARGEST_CALL - REST) };
  const domain = await new VirtLauncher(sidecar.socket).onDefineDomain({ ...LINUX, vmi });
  assert.match(domain, /<target dir="aws-iam-token"\/>/);
});

Deno.test("a call of more than 16 MiB is refused, and the next one is answered", async () => {
  await using sidecar = await startSidecar();
  const launcher = new VirtLauncher(sidecar.socket);
  const vmi = { ...LINUX.vmi, status: "x".repeat(LARGEST_CALL) };
  await assert.rejects(launcher.onDefineDomain({ ...LINUX, vmi }), { code: RESOURCE_EXHAUSTED });
  assert.match(await launcher.onDefineDomain(LINUX), /<target dir="aws-iam-token"\/>/);
});

Deno.test("a result of more than the 4 MiB that virt-launcher takes is refused with what to do", async () => {
  await using sidecar = await startSidecar();
  const cloudInitData = noCloudData(`#cloud-config\n# ${"x".repeat(4 << 20)}\n`);
  const call = new VirtLauncher(sidecar.socket).preCloudInitIso({ vmi: {}, cloudInitData });
  await assert.rejects(call, {
    code: INVALID_ARGUMENT,
    details:
      /has \d+ bytes, and virt-launcher accepts at most 4194304: make the user data of the VM smaller/,
  });
});
