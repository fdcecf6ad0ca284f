import { RawConnection } from "../support/http2_frames.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";
import { CLOUD_INIT_DATA, DOMAIN, hookPath, rawCall, startWithCanaries, VMI } from "./calls.ts";
import { ensure, type Item, pause, until } from "./item.ts";

const CALLS = 20_000;
const CALLS_PER_ROUND = 1000;

/** How long an idle sidecar takes to free the memory of calls (src/sidecar/grpc/garbage.ts). */
const SETTLE_MS = 2_000;

/** Clients that call at the same time. */
const CLIENTS = 4;

export const soak: Item = {
  name: "5 soak",
  async run(report) {
    await report.check(
      `${CALLS} mixed calls: memory within 10 %, no file descriptor left over`,
      async () => {
        await using sidecar = await startWithCanaries();
        const { socket, pid } = sidecar;
        // By now the connection that tested the socket is closed.
        await pause(500);
        const atRest = await descriptors(pid);
        const memory: number[] = [];
        for (let done = 0; done < CALLS; done += CALLS_PER_ROUND) {
          await Promise.all(
            Array.from({ length: CLIENTS }, (_, client) => mixedCalls(socket, client)),
          );
          await pause(SETTLE_MS);
          memory.push(await anonymousMemory(pid));
          if (done % 5000 === 0) {
            console.log(
              `          after ${done + CALLS_PER_ROUND} calls: ${megabytes(memory.at(-1))} MB`,
            );
          }
        }
        const [first = 0, last = 0] = [memory[0], memory.at(-1)];
        console.log(
          `          anonymous memory after the first thousand: ${
            megabytes(first)
          } MB, after the last: ` +
            `${megabytes(last)} MB (peak between: ${megabytes(Math.max(...memory))} MB)`,
        );
        await until(
          async () => await descriptors(pid) <= atRest,
          `It has more file descriptors than the ${atRest} at rest.`,
        );
        ensure(
          last <= first * 1.1,
          `Memory grew from ${megabytes(first)} to ${megabytes(last)} MB.`,
        );
        return CALLS;
      },
    );
  },
};

async function mixedCalls(socket: string, client: number): Promise<void> {
  const launcher = new VirtLauncher(socket);
  for (let number = client; number < CALLS_PER_ROUND; number += CLIENTS) {
    switch (number % 8) {
      case 0:
      case 1:
        await launcher.info();
        break;
      case 2:
      case 3:
        await launcher.onDefineDomain({ vmi: VMI, domainXml: DOMAIN });
        break;
      case 4:
      case 5:
        await launcher.preCloudInitIso({ vmi: VMI, cloudInitData: CLOUD_INIT_DATA });
        break;
      case 6:
        await rawCall(socket, hookPath("OnDefineDomain"), Uint8Array.of(0x0a, 1, 0x3c));
        break;
      default: {
        using connection = await RawConnection.open(socket);
        await connection.send(new TextEncoder().encode("GET / HTTP/1.0\r\n\r\n"));
      }
    }
  }
}

/** The anonymous memory of a process, in bytes. It counts for a container's limit. */
async function anonymousMemory(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^RssAnon:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

async function descriptors(pid: number): Promise<number> {
  let count = 0;
  for await (const _ of Deno.readDir(`/proc/${pid}/fd`)) count++;
  return count;
}

function megabytes(bytes = 0): string {
  return (bytes / 1e6).toFixed(1);
}
