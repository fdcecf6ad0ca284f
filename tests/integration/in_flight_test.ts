import assert from "node:assert/strict";
import { partsOf } from "../support/guest_part.ts";
import { holdBack } from "../support/held_back.ts";
import { LINUX, noCloudData } from "../support/kubevirt.ts";
import { type Sidecar, startSidecar } from "../support/sidecar.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";

/** A request of more than a client sends at once, so that a part of it can be held back. */
const CALL = {
  vmi: LINUX.vmi,
  cloudInitData: noCloudData(`#cloud-config\n# ${"x".repeat(64 * 1024)}\n`),
};

const ENDINGS: readonly (readonly [string, (sidecar: Sidecar) => Promise<unknown>, string])[] = [
  ...(["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const).map((signal) =>
    [
      signal,
      ({ pid }: Sidecar) => Promise.resolve(Deno.kill(pid, signal)),
      `Ending: received ${signal}.`,
    ] as const
  ),
  [
    "Shutdown",
    ({ socket }) => new VirtLauncher(socket).shutdown(),
    "Ending: virt-launcher called Shutdown.",
  ],
];

for (const [ending, end, reason] of ENDINGS) {
  Deno.test(`${ending} with a call in flight: it is answered, then the sidecar ends with 0`, async () => {
    await using sidecar = await startSidecar();
    await using held = await holdBack(sidecar.socket, 8 * 1024);
    const outcome = outcomeOf(held.socket);
    await held.stuck;
    // When this later call is answered, the first part of the earlier one has been read.
    await new VirtLauncher(sidecar.socket).info();
    await end(sidecar);
    await sidecar.logged(reason);
    held.letGo();
    assert.equal(await outcome, "3 parts");
    assert.equal((await sidecar.status).code, 0);
  });
}

Deno.test("a client that connects while the process is busy is answered before the end", async () => {
  await using sidecar = await startSidecar();
  Deno.kill(sidecar.pid, "SIGSTOP");
  await using passed = await holdBack(sidecar.socket, Infinity);
  const answer = new VirtLauncher(passed.socket, "v1alpha3", 20_000).onDefineDomain(LINUX);
  // It has connected, and the start of what it sends has been passed on.
  await passed.begun;
  Deno.kill(sidecar.pid, "SIGTERM");
  Deno.kill(sidecar.pid, "SIGCONT");
  assert.match(await answer, /<target dir="aws-iam-token"\/>/);
  assert.equal((await sidecar.status).code, 0);
});

Deno.test("a call that is never asked to its end is waited for no longer than the grace", async () => {
  await using sidecar = await startSidecar();
  await using held = await holdBack(sidecar.socket, 8 * 1024);
  const outcome = outcomeOf(held.socket);
  await held.stuck;
  await new VirtLauncher(sidecar.socket).info();
  Deno.kill(sidecar.pid, "SIGTERM");
  assert.equal((await sidecar.status).code, 0);
  held.letGo();
  // By the sidecar's end, and not by the client's own deadline.
  assert.doesNotMatch(await outcome, /parts|DEADLINE_EXCEEDED/);
});

Deno.test("more connections than the limit close none that has a call in flight", async () => {
  await using sidecar = await startSidecar();
  await using held = await holdBack(sidecar.socket, 8 * 1024);
  const outcome = outcomeOf(held.socket);
  await held.stuck;
  const others: Deno.UnixConn[] = [];
  for (let count = 0; count < 140; count++) {
    others.push(await Deno.connect({ transport: "unix", path: sidecar.socket }));
  }
  // All of them have been taken when this is answered.
  await new VirtLauncher(sidecar.socket).info();
  held.letGo();
  assert.equal(await outcome, "3 parts");
  for (const other of others) other.close();
});

/** The outcome of a call, for a comparison: its response or its error. */
function outcomeOf(socket: string): Promise<string> {
  return new VirtLauncher(socket, "v1alpha3", 20_000).preCloudInitIso(CALL)
    .then(({ UserData }) => `${partsOf(UserData).length} parts`, String);
}
