import { RawConnection } from "../support/http2_frames.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";
import { CLOUD_INIT_DATA, DOMAIN, hookPath, rawCall, startWitnessed, VMI } from "./calls.ts";
import { ensure, type Item, pause, until } from "./item.ts";

const CALLS = 20_000;
const ROUND = 1000;

/** When an idle sidecar has given back what the calls took (src/sidecar/garbage.ts), in milliseconds. */
const SETTLED = 2_000;

/** Calls that are under way at once. */
const CLIENTS = 4;

export const soak: Item = {
  name: "5 soak",
  async run(report) {
    await report.check(
      `${CALLS} mixed calls: memory within 10 %, no file descriptor left over`,
      async () => {
        await using sidecar = await startWitnessed();
        const { socket, pid } = sidecar;
        // The connection that found the socket open is closed by now.
        await pause(500);
        const atRest = await descriptors(pid);
        const memory: number[] = [];
        for (let done = 0; done < CALLS; done += ROUND) {
          await Promise.all(
            Array.from({ length: CLIENTS }, (_, client) => mixedCalls(socket, client)),
          );
          await pause(SETTLED);
          memory.push(await anonymousMemory(pid));
          if (done % 5000 === 0) {
            console.log(`          after ${done + ROUND} calls: ${megabytes(memory.at(-1))} MB`);
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
  for (let number = client; number < ROUND; number += CLIENTS) {
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

/** Memory that belongs to the process alone, in bytes: what a container's limit counts. */
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
