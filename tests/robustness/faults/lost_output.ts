import { VirtLauncher } from "../../support/virt_launcher.ts";
import { answersGoodCalls, VMI } from "../calls.ts";
import { ensure, within } from "../item.ts";
import { startIn } from "./sidecar_process.ts";

/** Makes enough refused calls to fill a pipe of 64 KiB many times. All of them are answered. */
export async function withOutput(
  folder: string,
  wrapper: readonly string[],
  read = true,
): Promise<number> {
  const { socket, sidecar } = await startIn(folder, wrapper, read);
  await using _ = sidecar;
  const calls = await refusedCalls(socket, 1000);
  await answersGoodCalls(socket);
  await sidecar.endsInOrder("SIGTERM");
  return calls;
}

/** The reader of the log ends, so every later write fails. */
export async function readerGone(folder: string): Promise<number> {
  const { socket, sidecar } = await startIn(folder, [
    "sh",
    "-c",
    '{ "$@" 2>&1 & echo "$!" >"$0"; wait "$!"; echo "$?" >"$0.code"; } | true',
    `${folder}/pid`,
  ]);
  await using _ = sidecar;
  const calls = await refusedCalls(socket, 200);
  await answersGoodCalls(socket);
  Deno.kill(Number(await Deno.readTextFile(`${folder}/pid`)), "SIGTERM");
  await within(8000, sidecar.status, "The sidecar did not end.");
  ensure(
    (await Deno.readTextFile(`${folder}/pid.code`)).trim() === "0",
    "It did not end in order.",
  );
  return calls;
}

async function refusedCalls(socket: string, count: number): Promise<number> {
  const launcher = new VirtLauncher(socket, "v1alpha3", 3000);
  for (let number = 0; number < count; number++) {
    const failure = await launcher.onDefineDomain({ vmi: VMI, domainXml: "<domain>" }).then(
      () => "the domain was accepted",
      (error: unknown) => String(error),
    );
    ensure(failure.includes("INVALID_ARGUMENT"), `After ${number} calls: ${failure}`);
  }
  return count;
}
