import type { Report } from "./confined.ts";
import { LINUX } from "./kubevirt.ts";
import { repositoryPath } from "./paths.ts";
import { accepts, IRSA_ENVIRONMENT } from "./sidecar.ts";
import { VirtLauncher } from "./virt_launcher.ts";

/** How long `confined.ts` may run before it is killed. */
const MAX_RUN_MS = 60_000;

/** Runs `confined.ts` with servers that it could reach, calls its hook, and reads its report. */
export async function confinementReport(): Promise<Report> {
  const folder = await Deno.makeTempDir({ prefix: "confined-" });
  using tcp = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  using unix = Deno.listen({ transport: "unix", path: `${folder}/other.sock` });
  void answer(tcp);
  void answer(unix);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--frozen",
      "--allow-all",
      repositoryPath("tests/support/confined.ts"),
      folder,
      String(tcp.addr.port),
    ],
    env: IRSA_ENVIRONMENT,
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let ended = false;
  void child.status.then(() => ended = true);
  // Its line is never printed if the hook is not called.
  const deadline = setTimeout(() => child.kill("SIGKILL"), MAX_RUN_MS);
  try {
    const socket = `${folder}/sidecar.sock`;
    while (!ended && !(await accepts(socket))) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await new VirtLauncher(socket).onDefineDomain(LINUX);
    const line = await firstLine(child.stdout);
    if (line === "") throw new Error("confined.ts ended without a word of what a hook may do.");
    child.kill("SIGTERM");
    await child.status;
    // confined.ts prints this type.
    return JSON.parse(line) as Report;
  } finally {
    clearTimeout(deadline);
    await Deno.remove(folder, { recursive: true });
  }
}

/** Accepts every connection, and answers like an HTTP server with an empty body. */
async function answer(listener: Deno.Listener): Promise<void> {
  for await (const connection of listener) {
    const reply = new TextEncoder().encode("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
    // Only an HTTP client sends something. Closing before it is read would reset the connection.
    const request = await connection.read(new Uint8Array(4096)).catch(() => null);
    if (request !== null) await connection.write(reply).catch(() => {});
    connection.close();
  }
}

async function firstLine(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    text += piece;
    if (text.includes("\n")) break;
  }
  return text.split("\n", 1)[0] ?? "";
}
