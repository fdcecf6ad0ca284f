import {
  concat,
  END_STREAM,
  FRAME,
  frame,
  grpcMessage,
  PREFACE,
  RawConnection,
} from "../../support/http2_frames.ts";
import { VirtLauncher } from "../../support/virt_launcher.ts";
import { answersGoodCalls, CLOUD_INIT_DATA, DOMAIN, startWithCanaries, VMI } from "../calls.ts";
import { CANARY_ENVIRONMENT, CANARY_USER_DATA } from "../canaries.ts";
import { exists } from "../faults/files.ts";
import { ensure, type Item, pause, until, within } from "../item.ts";
import { anyFrames } from "./any_frames.ts";
import { DEFINE, GARBAGE, goodRequest, headersOf, opened } from "./garbage.ts";
import { hostileMessages } from "./hostile_messages.ts";

/**
 * glibc then fills memory that is freed with these bytes (mallopt(3)), so that HTTP/2 that still uses it fails
 * at once, and not once in a thousand connections.
 */
const FILLS_FREED_MEMORY = { ...CANARY_ENVIRONMENT, MALLOC_PERTURB_: "165" };

export const theWire: Item = {
  name: "3 the wire",
  async run(report) {
    await using sidecar = await startWithCanaries({ env: FILLS_FREED_MEMORY });
    const { socket } = sidecar;

    for (const [name, bytes] of Object.entries(GARBAGE)) {
      await report.check(`${name}, then nothing; the next valid call is answered`, async () => {
        using connection = await RawConnection.open(socket);
        await connection.send(...bytes);
        await answersGoodCalls(socket);
      });
      await report.check(
        `${name}, then the connection closes; the next valid call is answered`,
        async () => {
          const connection = await RawConnection.open(socket);
          await connection.send(...bytes);
          connection[Symbol.dispose]();
          await answersGoodCalls(socket);
        },
      );
    }
    await report.check(
      "a thousand mutations of a valid call",
      () => mutatedCalls(socket),
    );
    await report.check("any frames, in any order", () => anyFrames(socket));
    await report.check(
      "1,100 idle connections, where a process may open 1,024 files",
      () => moreThanItCanHold(),
    );
    await report.check(
      "100 idle connections, where a process may open 64 files",
      () => moreThanItMayOpen(),
    );
    await report.check("200 idle and 200 half-open connections during valid calls", async () => {
      const connections = await Promise.all(
        Array.from({ length: 400 }, () => RawConnection.open(socket)),
      );
      try {
        await Promise.all(
          connections.map((connection, index) =>
            index % 2 === 0
              ? connection.send(...opened, headersOf(DEFINE))
              : connection.send(PREFACE.subarray(0, 5))
          ),
        );
        await answersGoodCalls(socket);
      } finally {
        for (const connection of connections) connection[Symbol.dispose]();
      }
      await answersGoodCalls(socket);
      return 400;
    });
    await report.check("100 clients that vanish in the middle of a call", () => vanishing(socket));
    await report.check("64 calls at once", () => atOnce(socket));
    await hostileMessages(report, socket);
    await report.check("afterwards the sidecar ends in order", async () => {
      const status = await within(8000, sidecar.stop(), "It did not end within 8 s of SIGTERM.");
      ensure(status.code === 0, `It ended with ${status.code}.`);
    });
  },
};

async function mutatedCalls(socket: string): Promise<number> {
  const good = concat(
    ...opened,
    headersOf(DEFINE),
    frame(FRAME.data, END_STREAM, 1, grpcMessage(goodRequest)),
  );
  const cases = 1000;
  // A linear congruential generator: the sequence is always the same, so a failure can be reproduced.
  let state = 6;
  const next = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  for (let number = 0; number < cases; number += 50) {
    const connections = await Promise.all(Array.from({ length: 50 }, async () => {
      const bytes = good.slice(0, next(10) === 0 ? next(good.length) : good.length);
      for (let change = next(4); change >= 0; change--) bytes[next(good.length)] = next(256);
      const connection = await RawConnection.open(socket);
      await connection.send(bytes);
      return connection;
    }));
    try {
      // What came before was read when this is answered.
      await answersGoodCalls(socket);
    } finally {
      for (const connection of connections) connection[Symbol.dispose]();
    }
  }
  return cases;
}

/** Valid calls are answered with all these connections open, and after they are closed. */
async function moreThanItCanHold(): Promise<number> {
  await using sidecar = await startWithCanaries();
  await limitOpenFiles(sidecar.pid, 1024);
  const connections: RawConnection[] = [];
  try {
    for (let tries = 0; connections.length < 1100 && tries < 5000; tries++) {
      try {
        connections.push(await RawConnection.open(sidecar.socket));
      } catch (error) {
        // The queue of connections that wait to be accepted is full for a moment.
        if (!(error instanceof Deno.errors.WouldBlock)) throw error;
        await pause(5);
      }
    }
    ensure(connections.length === 1100, () => `Only ${connections.length} were accepted.`);
    await answersGoodCalls(sidecar.socket);
  } finally {
    for (const connection of connections) connection[Symbol.dispose]();
  }
  await answersGoodCalls(sidecar.socket);
  return connections.length;
}

/** With all these connections open no other call can be answered. After they are closed, valid calls are answered. */
async function moreThanItMayOpen(): Promise<number> {
  await using sidecar = await startWithCanaries();
  await limitOpenFiles(sidecar.pid, 64);
  const connections = await Promise.all(
    Array.from({ length: 100 }, () => RawConnection.open(sidecar.socket)),
  );
  // The lowest free number is taken each time (open(2)), and 63 is the last that it may have.
  await until(() => exists(`/proc/${sidecar.pid}/fd/63`), "It does not open all that it may.");
  for (const connection of connections) connection[Symbol.dispose]();
  await answersGoodCalls(sidecar.socket);
  return connections.length;
}

/** Limits the open files of a process (util-linux, prlimit(1)). */
async function limitOpenFiles(pid: number, count: number): Promise<void> {
  const { success } = await new Deno.Command("prlimit", {
    args: [`--pid=${pid}`, `--nofile=${count}`],
  }).output();
  ensure(success, "prlimit did not set the limit.");
}

async function vanishing(socket: string): Promise<number> {
  const whole = concat(
    ...opened,
    headersOf(DEFINE),
    frame(FRAME.data, END_STREAM, 1, grpcMessage(goodRequest)),
  );
  for (let number = 0; number < 100; number++) {
    const connection = await RawConnection.open(socket);
    await connection.send(whole.subarray(0, Math.ceil(whole.length * (number + 1) / 100)));
    connection[Symbol.dispose]();
  }
  await answersGoodCalls(socket);
  return 100;
}

async function atOnce(socket: string): Promise<number> {
  const launcher = new VirtLauncher(socket);
  const userData = `#cloud-config\n# ${CANARY_USER_DATA}${"x".repeat(100_000)}\n`;
  const calls = Array.from({ length: 64 }, async (_, index) => {
    if (index % 4 === 0) return (await launcher.info()).name === "eks-irsa";
    if (index % 4 === 1) {
      const xml = await launcher.onDefineDomain({ vmi: VMI, domainXml: DOMAIN });
      return xml.includes("aws-iam-token");
    }
    const marked = `${userData}# ${index}\n`;
    const result = await launcher.preCloudInitIso({
      vmi: {},
      cloudInitData: { ...CLOUD_INIT_DATA, UserData: marked },
    });
    const encoded = result.UserData.split('filename="part-001"\n\n')[1]?.split("\n--")[0] ?? "";
    return new TextDecoder().decode(Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0))) ===
      marked;
  });
  const right = await within(30_000, Promise.all(calls), "64 calls at once took more than 30 s.");
  ensure(right.every(Boolean), "A call got the answer of another one.");
  await answersGoodCalls(socket);
  return 64;
}
