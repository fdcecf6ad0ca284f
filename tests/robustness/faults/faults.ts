import {
  concat,
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  grpcMessage,
  PREFACE,
  RawConnection,
  requestHeaders,
} from "../../support/http2_frames.ts";
import { answersGoodCalls, bytesField, DOMAIN, hookPath, rawCall, VMI } from "../calls.ts";
import { ensure, type Item, type Report, until, within } from "../item.ts";
import { exists } from "./files.ts";
import { readerGone, withOutput } from "./lost_output.ts";
import { SidecarProcess, startIn } from "./sidecar_process.ts";

export const faults: Item = {
  name: "4 faults",
  async run(report) {
    await inFolder(report, "SIGKILL: a new sidecar replaces the stale socket", killed);
    await inFolder(
      report,
      "a second instance ends with an error, and the first keeps serving",
      second,
    );
    await inFolder(report, "a file at the socket's path is not removed", foreignFile);
    await unwritable(report);
    await inFolder(report, "the hook folder removed while running", folderRemoved);
    await inFolder(report, "the hook folder is missing", folderMissing);
    await inFolder(
      report,
      "SIGTERM with a call in flight: it is answered before the end",
      inFlight,
    );
    await inFolder(
      report,
      "SIGTERM with a call that never completes: the sidecar ends within its grace period",
      neverComes,
    );
    for (const signal of ["SIGINT", "SIGHUP", "SIGQUIT"] as const) {
      await inFolder(report, `${signal}: ends in order`, (folder) => signalled(folder, signal));
    }
    await inFolder(report, "Shutdown twice at once, and again after the end", shutdownTwice);
    await inFolder(
      report,
      "stdout and stderr closed",
      (folder) => withOutput(folder, ["sh", "-c", 'exec "$@" >&- 2>&-', "sh"]),
    );
    await inFolder(
      report,
      "stdout and stderr on a full device",
      (folder) => withOutput(folder, ["sh", "-c", 'exec "$@" >/dev/full 2>/dev/full', "sh"]),
    );
    await inFolder(report, "stdout and stderr on a pipe that its reader has closed", readerGone);
    await inFolder(
      report,
      "stdout and stderr on a pipe that nobody reads",
      (folder) => withOutput(folder, [], false),
    );
    await fullDisk(report);
  },
};

async function inFolder(
  report: Report,
  name: string,
  attempt: (folder: string) => Promise<number | void>,
): Promise<void> {
  await report.check(name, async () => {
    const folder = await Deno.makeTempDir({ prefix: "irsa-fault-" });
    try {
      return await attempt(folder);
    } finally {
      await Deno.remove(folder, { recursive: true }).catch(() => {});
    }
  });
}

async function killed(folder: string): Promise<void> {
  const { socket, sidecar } = await startIn(folder);
  sidecar.signal("SIGKILL");
  await sidecar.status;
  await sidecar[Symbol.asyncDispose]();
  ensure(await exists(socket), "SIGKILL left no stale socket: the check tests nothing.");
  const next = await startIn(folder);
  await using _ = next.sidecar;
  await answersGoodCalls(socket);
  await next.sidecar.endsInOrder("SIGTERM");
  ensure(!(await exists(socket)), "The socket is still there after the end.");
}

async function second(folder: string): Promise<void> {
  const { socket, sidecar } = await startIn(folder);
  await using _ = sidecar;
  await using other = new SidecarProcess({ socket });
  await endsWithError(other, /is served by another process/);
  await answersGoodCalls(socket);
}

async function foreignFile(folder: string): Promise<void> {
  const socket = `${folder}/sidecar.sock`;
  await Deno.writeTextFile(socket, "theirs");
  await using sidecar = new SidecarProcess({ socket });
  await endsWithError(sidecar, /is no socket/);
  ensure(await Deno.readTextFile(socket) === "theirs", "The file was changed.");
}

async function endsWithError(sidecar: SidecarProcess, words: RegExp): Promise<void> {
  const { code } = await within(10_000, sidecar.status, "The sidecar does not end.");
  const said = await sidecar.output();
  ensure(code === 1, `It ended with ${code}: ${said}`);
  ensure(words.test(said), `It said something else: ${said}`);
  ensure(said.trimEnd().split("\n").length === 1, `It said more than one line: ${said}`);
  ensure(!/\bat \S*\/\S+:\d+:\d+/.test(said), `It showed a stack: ${said}`);
}

/** Modes do not stop root unless it has no capabilities, as in the pod. */
async function unwritable(report: Report): Promise<void> {
  const name = "if the hook folder is not writable, the start fails with an error";
  const withoutCapabilities = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"];
  const wrapper = Deno.uid() === 0 ? withoutCapabilities : [];
  if (wrapper.length > 0 && !(await succeeds([...wrapper, "true"]))) {
    report.skip(name, "setpriv is missing, by which root would give up its capabilities");
    return;
  }
  await inFolder(report, name, async (folder) => {
    await Deno.chmod(folder, 0o555);
    try {
      await using sidecar = new SidecarProcess({ socket: `${folder}/sidecar.sock`, wrapper });
      await endsWithError(sidecar, /Cannot listen on .*Its folder has to exist and to be writable/);
    } finally {
      await Deno.chmod(folder, 0o755);
    }
  });
}

async function folderRemoved(folder: string): Promise<void> {
  const { socket, sidecar } = await startIn(folder);
  await using _ = sidecar;
  using before = await RawConnection.open(socket);
  await Deno.remove(folder, { recursive: true });
  await before.send(...callFrames(END_STREAM));
  await answeredOn(before);
  await sidecar.endsInOrder("SIGTERM");
}

async function folderMissing(folder: string): Promise<void> {
  await using sidecar = new SidecarProcess({ socket: `${folder}/missing/sidecar.sock` });
  await endsWithError(sidecar, /Its folder has to exist/);
}

const request = grpcMessage(concat(bytesField(1, DOMAIN), bytesField(2, JSON.stringify(VMI))));

function callFrames(flags: number, message: Uint8Array = request): readonly Uint8Array[] {
  return [
    PREFACE,
    frame(FRAME.settings, 0, 0),
    frame(FRAME.headers, END_HEADERS, 1, requestHeaders(hookPath("OnDefineDomain"))),
    frame(FRAME.data, flags, 1, message),
  ];
}

async function answeredOn(connection: RawConnection): Promise<void> {
  await connection.until((it) =>
    it.frames().some(({ type, stream, payload }) =>
      type === FRAME.data && stream === 1 && payload.length > 100
    )
  );
}

async function inFlight(folder: string): Promise<void> {
  const { socket, sidecar } = await startIn(folder);
  await using _ = sidecar;
  using connection = await RawConnection.open(socket);
  const half = request.length >> 1;
  await connection.send(...callFrames(0, request.subarray(0, half)));
  await connection.ping();
  sidecar.signal("SIGTERM");
  await until(async () => !(await exists(socket)), "The sidecar listens after SIGTERM.");
  await connection.send(frame(FRAME.data, END_STREAM, 1, request.subarray(half)));
  await answeredOn(connection);
  connection[Symbol.dispose]();
  await sidecar.endsInOrder(undefined);
}

async function neverComes(folder: string): Promise<void> {
  const { socket, sidecar } = await startIn(folder);
  await using _ = sidecar;
  using connection = await RawConnection.open(socket);
  using idle = await RawConnection.open(socket);
  await idle.send(PREFACE.subarray(0, 3));
  await connection.send(...callFrames(0, request.subarray(0, 10)));
  await connection.ping();
  await sidecar.endsInOrder("SIGTERM");
  ensure(!(await exists(socket)), "The socket is still there after the end.");
}

async function signalled(folder: string, signal: Deno.Signal): Promise<void> {
  const { socket, sidecar } = await startIn(folder);
  await using _ = sidecar;
  await sidecar.endsInOrder(signal);
  ensure(!(await exists(socket)), "The socket is still there after the end.");
}

async function shutdownTwice(folder: string): Promise<number> {
  const { socket, sidecar } = await startIn(folder);
  await using _ = sidecar;
  const answers = await Promise.all(
    [1, 2].map(() => rawCall(socket, hookPath("Shutdown"), new Uint8Array())),
  );
  ensure(answers.some(({ code }) => code === 0), `Shutdown got ${JSON.stringify(answers)}.`);
  await sidecar.endsInOrder(undefined);
  const late = await rawCall(socket, hookPath("Shutdown"), new Uint8Array(), 1000);
  ensure(late.code !== 0, "A call was answered after the end.");
  return 3;
}

async function fullDisk(report: Report): Promise<void> {
  const name = "a full disk: a start fails with an error, and a running sidecar keeps serving";
  await inFolder(report, name, async (folder) => {
    if (
      !(await succeeds(["mount", "-t", "tmpfs", "-o", "size=64k,nr_inodes=5", "tmpfs", folder]))
    ) {
      report.skip(name, "it needs the right to mount a tmpfs");
      return 0;
    }
    try {
      const { socket, sidecar } = await startIn(folder);
      await using _ = sidecar;
      const filler = await fill(folder);
      await answersGoodCalls(socket);
      await using other = new SidecarProcess({ socket: `${folder}/other.sock` });
      await endsWithError(other, /Cannot listen on /);
      await sidecar.endsInOrder("SIGTERM");
      ensure(filler > 0 && !(await exists(socket)), "The socket is still there after the end.");
    } finally {
      await succeeds(["umount", "--lazy", folder]);
    }
  });
}

/** Writes files until the disk is full; returns their number. */
async function fill(folder: string): Promise<number> {
  for (let number = 0; number < 100; number++) {
    try {
      await Deno.writeFile(`${folder}/filler-${number}`, new Uint8Array(32 * 1024));
    } catch {
      return number;
    }
  }
  throw new Error("The disk does not get full.");
}

async function succeeds([program = "true", ...args]: readonly string[]): Promise<boolean> {
  try {
    const { success } = await new Deno.Command(program, { args, stdout: "null", stderr: "null" })
      .output();
    return success;
  } catch {
    return false;
  }
}
