import { Buffer } from "node:buffer";
import type { Pod } from "./pod.ts";
import { TextLineStream } from "./text_lines.ts";

/** What virt-launcher has before or after PreCloudInitIso. */
export interface ManagedCloudInitData {
  readonly DataSource: string;
  readonly NoCloudMetaData: unknown;
  readonly ConfigDriveMetaData: unknown;
  readonly NetworkData: string;
  readonly DevicesData: unknown;
  readonly VolumeName: string;
}

/** The program's answer to a command (see kubevirt/main.go). */
interface Answer {
  readonly error?: string;
  readonly before?: ManagedCloudInitData;
  readonly after?: ManagedCloudInitData;
  readonly userDataBefore?: string;
  readonly userDataAfter?: string;
  readonly valid: boolean;
  readonly sentDomain?: string;
  readonly domain?: string;
  readonly sentFilesystems: readonly unknown[] | null;
  readonly filesystems: readonly unknown[] | null;
  readonly rest?: string;
  readonly expectedRest?: string;
}

/** KubeVirt's hook manager in one pod's compute container, from its start to its end. */
export class HookManager {
  readonly #commands: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;

  constructor(pod: Pod, program: string) {
    const child = pod.startCompute([program]);
    this.#commands = child.stdin.getWriter();
    this.#answers = child.stdout.pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream()).getReader();
  }

  /** Connects to the sidecars as virt-launcher does at its start. */
  async collect(sidecars: number, timeoutSeconds = 30): Promise<void> {
    await this.#command({ do: "collect", sidecars, timeoutSeconds });
  }

  /** Reads the VMI's cloud-init volume, and calls PreCloudInitIso. */
  async preCloudInitIso(vmi: unknown) {
    const answer = await this.#command({ do: "preCloudInitIso", vmi });
    const { before, after, valid } = answer;
    if (before === undefined || after === undefined) throw new Error("no CloudInitData came back");
    return {
      before,
      after,
      valid,
      userDataBefore: Buffer.from(answer.userDataBefore ?? "", "base64"),
      userDataAfter: Buffer.from(answer.userDataAfter ?? "", "base64"),
    };
  }

  /** Lets KubeVirt write the domain from its own DomainSpec, and calls OnDefineDomain. */
  async onDefineDomain(vmi: unknown, domain: string) {
    const answer = await this.#command({ do: "onDefineDomain", vmi, domain });
    return {
      sent: answer.sentDomain ?? "",
      domain: answer.domain ?? "",
      sentFilesystems: answer.sentFilesystems ?? [],
      filesystems: answer.filesystems ?? [],
      rest: answer.rest ?? "",
      expectedRest: answer.expectedRest ?? "",
    };
  }

  async shutdown(): Promise<void> {
    await this.#command({ do: "shutdown" });
  }

  async #command(command: Record<string, unknown>): Promise<Answer> {
    await this.#commands.write(new TextEncoder().encode(`${JSON.stringify(command)}\n`));
    const { value, done } = await this.#answers.read();
    if (done) throw new Error(`${command.do}: virt-launcher's hook manager has ended`);
    const answer = JSON.parse(value) as Answer;
    if (answer.error !== undefined) throw new Error(`${command.do}: ${answer.error}`);
    return answer;
  }
}
