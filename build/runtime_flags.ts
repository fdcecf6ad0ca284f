import configuration from "../deno.json" with { type: "json" };

/**
 * Deno's permissions and V8's flags that the program runs with. The task `start` in deno.json is the one place
 * that names them: the binary, the tests and the benchmark take them from there. docs/performance.md says what
 * each of V8's is for.
 */
export const RUNTIME_FLAGS: readonly string[] = configuration.tasks.start.command.split(" ")
  .filter((word) => /^--(allow|deny|v8-flags)/.test(word));
