/**
 * Serves with the real code and, during a hook's call, tries what a hook must not be able to do. It is started with
 * all permissions: what is refused was given up by the program itself. It prints the outcomes as one line of JSON.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { serve } from "../../src/sidecar/serve.ts";

/** The outcome of each attempt: the name of the error, or `allowed`. */
export type Attempts = Readonly<Record<string, string>>;

/** What the test is to read. */
export interface Report {
  /** Before the sidecar serves, when everything must work: otherwise the rest would prove nothing. */
  readonly before: Attempts;
  readonly withinHook: Attempts;
  readonly permissions: Readonly<Record<string, string>>;
}

const PERMISSIONS = ["net", "read", "write", "env", "run", "sys", "ffi"] as const;

// Resolved now, because it is refused later.
const DENO = Deno.execPath();

async function attempt(port: number, folder: string): Promise<Attempts> {
  const outcomes: Record<string, string> = {};
  const attempts: Readonly<Record<string, () => unknown>> = {
    "open a TCP connection": async () => (await Deno.connect({ port })).close(),
    "open a unix connection": async () =>
      (await Deno.connect({ transport: "unix", path: `${folder}/other.sock` })).close(),
    "listen on TCP": () => Deno.listen({ port: 0 }).close(),
    "fetch": async () => await (await fetch(`http://127.0.0.1:${port}/`)).body?.cancel(),
    "read /etc/passwd": () => Deno.readTextFileSync("/etc/passwd"),
    "read /etc/passwd as Node does": () => readFileSync("/etc/passwd"),
    "start a process": () => new Deno.Command(DENO, { args: ["--version"] }).outputSync(),
    "start a process as Node does": () => {
      const { error } = spawnSync("/bin/true");
      if (error !== undefined) throw error;
    },
    "read the environment": () => Deno.env.get("PATH"),
    "write a file": () => Deno.writeTextFileSync(`${folder}/written`, ""),
    "read the host's name": () => hostname(),
    "load a library": () => Deno.dlopen("libc.so.6", {}).close(),
  };
  for (const [name, act] of Object.entries(attempts)) {
    try {
      await act();
      outcomes[name] = "allowed";
    } catch (error) {
      outcomes[name] = error instanceof Error ? error.name : String(error);
    }
  }
  return outcomes;
}

async function main([folder, port]: readonly string[]) {
  if (folder === undefined || port === undefined) throw new Error("confined.ts FOLDER PORT");
  const before = await attempt(Number(port), folder);
  const write = Deno.stderr.write.bind(Deno.stderr);
  // A hook logs what it has decided: that is where its code runs.
  Deno.stderr.write = (bytes) => {
    if (new TextDecoder().decode(bytes).includes('"hook":"OnDefineDomain"')) {
      void attempt(Number(port), folder).then((withinHook) => {
        const permissions = Object.fromEntries(
          PERMISSIONS.map((name) => [name, Deno.permissions.querySync({ name }).state]),
        );
        console.log(JSON.stringify({ before, withinHook, permissions } satisfies Report));
      });
    }
    return write(bytes);
  };
  const command = parseCommandLine(["serve", "--socket", `${folder}/sidecar.sock`]);
  if (command.name === "serve") await serve(command.options);
}

if (import.meta.main) await main(Deno.args);
