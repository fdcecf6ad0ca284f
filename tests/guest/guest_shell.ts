import type { Libvirt } from "./libvirt.ts";
import { waitFor } from "./process.ts";

/** How a program in the guest ended. */
export interface GuestResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface ExecStatus {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly signal?: number;
  readonly "out-data"?: string;
  readonly "err-data"?: string;
}

// The agent's environment is not under test, so no check uses it.
const ENVIRONMENT = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C"];

/** Runs programs in a guest, as root, through the QEMU guest agent that every KubeVirt VM has. */
export class GuestShell {
  constructor(private readonly libvirt: Libvirt, private readonly domain: string) {}

  /** Runs a script of POSIX sh. The caller looks at the exit code. */
  async sh(script: string, seconds = 120): Promise<GuestResult> {
    return await this.exec("/bin/sh", ["-c", script], undefined, seconds);
  }

  /**
   * Runs a program and returns what it wrote to stdout.
   *
   * @throws if it ends with another code than 0.
   */
  async output(script: string, seconds = 120): Promise<string> {
    const { code, stdout, stderr } = await this.sh(script, seconds);
    if (code !== 0) {
      throw new Error(`In the guest, "${script}" left with ${code}: ${stderr || stdout}`);
    }
    return stdout;
  }

  /** Runs a Python program, given as its text, and parses the JSON that it prints. */
  async python(program: string, args: readonly string[], seconds = 120): Promise<unknown> {
    const result = await this.exec("/usr/bin/python3", ["-", ...args], program, seconds);
    if (result.code !== 0) throw new Error(`A check in the guest broke: ${result.stderr}`);
    return JSON.parse(result.stdout);
  }

  /**
   * @param seconds how long the program may take
   * @throws if the agent does not answer, or the program takes longer.
   */
  async exec(
    path: string,
    args: readonly string[],
    stdin: string | undefined,
    seconds: number,
  ): Promise<GuestResult> {
    const started = await this.libvirt.agent(this.domain, {
      execute: "guest-exec",
      arguments: {
        path,
        arg: args,
        env: ENVIRONMENT,
        "capture-output": true,
        ...(stdin !== undefined && { "input-data": new TextEncoder().encode(stdin).toBase64() }),
      },
    });
    if (started === undefined) throw new Error("The guest's agent does not answer");
    const { pid } = started as { pid: number };
    const status = await waitFor(`end of ${path} ${args[0] ?? ""}`, seconds, async () => {
      const answer = await this.libvirt.agent(this.domain, {
        execute: "guest-exec-status",
        arguments: { pid },
      }) as ExecStatus | undefined;
      return answer?.exited ? answer : undefined;
    }, 400);
    return {
      code: status.exitcode ?? 128 + (status.signal ?? 0),
      stdout: text(status["out-data"]),
      stderr: text(status["err-data"]),
    };
  }

  /** The guest's clock, in milliseconds. */
  async now(): Promise<number> {
    const nanoseconds = await this.libvirt.agent(this.domain, { execute: "guest-get-time" });
    if (nanoseconds === undefined) throw new Error("The guest's agent does not answer");
    return Number(nanoseconds) / 1e6;
  }

  /** Whether the agent answers. */
  async answers(): Promise<boolean> {
    return await this.libvirt.agent(this.domain, { execute: "guest-ping" }) !== undefined;
  }
}

function text(base64: string | undefined): string {
  return new TextDecoder().decode(Uint8Array.fromBase64(base64 ?? ""));
}
