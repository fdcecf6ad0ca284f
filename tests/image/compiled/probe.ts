/**
 * A program that tries what the sidecar must not do, and prints what came of it as JSON. Compiled with the
 * sidecar's own flags it shows what these permit in a compiled binary.
 */
import process from "node:process";
import type { ProbeReport } from "./probe_report.ts";

/** The argument with which the program only shows that it was started. */
const STARTED = "started";

const ACTS: Readonly<Record<string, () => unknown>> = {
  "run a program": () => new Deno.Command(Deno.execPath(), { args: [STARTED] }).outputSync(),
  "load a native library": () => Deno.dlopen("libc.so.6", {}).close(),
  "read the machine's name": () => Deno.hostname(),
  "set its user": () => process.setuid?.(Deno.uid() ?? 0),
};

const PERMISSIONS = ["env", "ffi", "import", "net", "read", "run", "sys", "write"] as const;

function outcome(act: () => unknown): string {
  try {
    act();
    return "allowed";
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

if (Deno.args[0] !== STARTED) {
  const report: ProbeReport = {
    deno: Deno.version.deno,
    args: Deno.args,
    acts: Object.fromEntries(Object.entries(ACTS).map(([name, act]) => [name, outcome(act)])),
    permissions: Object.fromEntries(
      PERMISSIONS.map((name) => [name, Deno.permissions.querySync({ name }).state]),
    ),
  };
  console.log(JSON.stringify(report));
}
