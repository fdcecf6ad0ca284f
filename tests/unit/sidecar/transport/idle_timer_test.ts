import assert from "node:assert/strict";
import { mock } from "node:test";
import { IdleTimer } from "../../../../src/sidecar/transport/idle_timer.ts";

/** Half a second without a client is idle. */
const IDLE_MS = 500;

/** Runs a test whose time passes only when it says so. */
function testTimer(
  name: string,
  body: (timer: IdleTimer, calls: () => number, pass: (milliseconds: number) => void) => void,
): void {
  Deno.test(name, () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      let count = 0;
      body(new IdleTimer(() => count++), () => count, (time) => mock.timers.tick(time));
    } finally {
      mock.timers.reset();
    }
  });
}

testTimer("it is not idle before the first client has gone", (_timer, calls, pass) => {
  pass(10 * IDLE_MS);
  assert.equal(calls(), 0);
});

testTimer("it is idle half a second after the last client, once", (timer, calls, pass) => {
  timer.start();
  pass(IDLE_MS - 1);
  assert.equal(calls(), 0);
  pass(1);
  assert.equal(calls(), 1);
  pass(10 * IDLE_MS);
  assert.equal(calls(), 1);
});

testTimer("a client that comes cancels it", (timer, calls, pass) => {
  timer.start();
  pass(IDLE_MS - 1);
  timer.cancel();
  pass(10 * IDLE_MS);
  assert.equal(calls(), 0);
});

testTimer("it is idle again after each last client", (timer, calls, pass) => {
  for (const count of [1, 2, 3]) {
    timer.cancel();
    timer.start();
    pass(IDLE_MS);
    assert.equal(calls(), count);
  }
});

testTimer("a second start begins the half second anew", (timer, calls, pass) => {
  timer.start();
  pass(IDLE_MS - 1);
  timer.start();
  pass(IDLE_MS - 1);
  assert.equal(calls(), 0);
  pass(1);
  assert.equal(calls(), 1);
});

Deno.test("it does not keep the process running", async () => {
  const module = import.meta.resolve("../../../../src/sidecar/transport/idle_timer.ts");
  const { success, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "eval",
      `import { IdleTimer } from "${module}"; new IdleTimer(() => console.log("idle")).start();`,
    ],
  }).output();
  assert(success);
  assert.equal(new TextDecoder().decode(stdout), "");
});
