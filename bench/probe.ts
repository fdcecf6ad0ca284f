import type { InputFiles } from "./inputs.ts";

/** What virt-launcher calls, Info included. */
export type HookName = "info" | "preCloudInitIso" | "onDefineDomain";

export interface Memory {
  readonly anonymousKiB: number;
  readonly fileKiB: number;
}

/** How a start went, in milliseconds. */
export interface Start {
  /** From exec to the socket's appearance. */
  readonly socketMs: number;
  /** From exec to the first good answer of Info. */
  readonly infoMs: number;
  /** Processor time until then, all threads. */
  readonly cpuMs: number;
}

export interface StartRequest {
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The files that a process writes its id to, to enter the control groups. */
  readonly cgroups: readonly string[];
}

interface Answer {
  readonly error?: string;
  readonly socketMs?: number;
  readonly infoMs?: number;
  readonly cpuMs?: number;
  readonly callsMs?: readonly number[];
  readonly memory?: Memory;
}

/** Where KubeVirt looks for hook sockets; the probe has a folder of its own mounted there. */
const HOOK_FOLDER = "/var/run/kubevirt-hooks";

/** The Go program under `peer/probe` that plays virt-launcher and measures. */
export class Probe implements AsyncDisposable {
  private constructor(
    private readonly child: Deno.ChildProcess,
    private readonly writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>,
    private readonly lines: AsyncIterator<string>,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * Starts the probe in a mount namespace in which the hook folder is an empty one. Needs root.
   *
   * @param signal After it is aborted the probe is asked for nothing, and each method throws its reason.
   */
  static async start(program: string, signal: AbortSignal): Promise<Probe> {
    await Deno.mkdir(HOOK_FOLDER, { recursive: true });
    const child = new Deno.Command("unshare", {
      args: [
        "--mount",
        // A terminal's Ctrl-C is for the benchmark alone, which ends the probe itself.
        "setsid",
        "sh",
        "-c",
        `mount -t tmpfs tmpfs ${HOOK_FOLDER} && chmod 1777 ${HOOK_FOLDER} && exec "$0"`,
        program,
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    return new Probe(child, child.stdin.getWriter(), linesOf(child.stdout), signal);
  }

  /** Starts a sidecar and waits for its first good answer of Info. */
  async startSidecar(request: StartRequest): Promise<Start> {
    const { socketMs = NaN, infoMs = NaN, cpuMs = NaN } = await this.ask({
      do: "start",
      ...request,
    });
    return { socketMs, infoMs, cpuMs };
  }

  /** Calls a hook on a new connection each time; the latencies in milliseconds. */
  async call(hook: HookName, input: InputFiles, times: number): Promise<readonly number[]> {
    return (await this.ask({ do: "call", hook, input, times })).callsMs ?? [];
  }

  /** The highest memory seen while a hook is called. */
  async peakMemory(hook: HookName, input: InputFiles, times: number): Promise<Memory> {
    const request = { do: "call", hook, input, times, sampleMemory: true };
    return memoryOf(await this.ask(request));
  }

  async memory(): Promise<Memory> {
    return memoryOf(await this.ask({ do: "memory" }));
  }

  /** Kills the sidecar. Gives the processor time of its life, with that of its children, in milliseconds. */
  async stopSidecar(): Promise<number> {
    return (await this.ask({ do: "stop" })).cpuMs ?? NaN;
  }

  /** Ends the probe, and the sidecar if there is one. */
  async [Symbol.asyncDispose]() {
    // It has closed its end if it broke down.
    await this.writer.close().catch(() => {});
    await this.child.status;
  }

  private async ask(request: unknown): Promise<Answer> {
    this.signal.throwIfAborted();
    // It cannot be written to if it has ended; there is no line then.
    await this.writer.write(new TextEncoder().encode(JSON.stringify(request) + "\n")).catch(
      () => {},
    );
    const line = await this.lines.next();
    if (line.done) throw new Error("The probe ended before it answered: it has to run as root.");
    // The probe is ours, and its answers are of this shape.
    const answer = JSON.parse(line.value) as Answer;
    if (answer.error !== undefined) throw new ProbeError(answer.error);
    return answer;
  }
}

/** The sidecar did not do what the probe asked of it. */
export class ProbeError extends Error {
  override readonly name = "ProbeError";
}

function memoryOf({ memory }: Answer): Memory {
  if (memory === undefined) throw new Error("The probe's answer has no memory in it.");
  return memory;
}

async function* linesOf(bytes: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
