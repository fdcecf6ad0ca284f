import assert from "node:assert/strict";
import { createLogger, type LogFormat, type LogLevel } from "../../../src/log/logger.ts";

function logged(level: LogLevel, format: LogFormat, events: readonly LogLevel[]): string[] {
  const lines: string[] = [];
  const logger = createLogger({
    level,
    format,
    now: () => new Date("2026-01-02T03:04:05.678Z"),
    write: (line) => lines.push(line),
    file: "serve.ts",
  });
  for (const event of events) logger.log(event, "It happened.", { hook: "Info", bytes: 7 });
  return lines;
}

Deno.test("a line of JSON has KubeVirt's fields", () => {
  const [line = ""] = logged("info", "json", ["info"]);
  assert(line.endsWith("}\n"));
  assert.deepEqual(JSON.parse(line), {
    component: "eks-irsa-sidecar",
    level: "info",
    msg: "It happened.",
    pos: "serve.ts",
    timestamp: "2026-01-02T03:04:05.678Z",
    hook: "Info",
    bytes: 7,
  });
});

Deno.test("a line of text is for people", () => {
  assert.deepEqual(logged("info", "text", ["warning"]), [
    '2026-01-02T03:04:05.678Z warning: It happened. hook="Info" bytes=7\n',
  ]);
});

const LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error"];
for (const [index, level] of LEVELS.entries()) {
  Deno.test(`the level ${level} leaves out what matters less`, () => {
    assert.equal(logged(level, "text", LEVELS).length, LEVELS.length - index);
  });
}

Deno.test("every line is one line, whatever its message holds", () => {
  const lines: string[] = [];
  const logger = createLogger({
    level: "info",
    format: "text",
    now: () => new Date("2026-01-02T03:04:05.678Z"),
    write: (line) => lines.push(line),
    file: "serve.ts",
  });
  logger.of("services.ts").log("info", "a\nb\u001b[31mc", { name: "d\ne" });
  assert.deepEqual(lines, ['2026-01-02T03:04:05.678Z info: a b [31mc name="d\\ne"\n']);
});
