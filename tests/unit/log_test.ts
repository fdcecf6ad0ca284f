import assert from "node:assert/strict";
import { createLogger, type LogFormat, type LogLevel } from "../../src/log.ts";

function logged(level: LogLevel, format: LogFormat, events: readonly LogLevel[]): string[] {
  const lines: string[] = [];
  const logger = createLogger({
    level,
    format,
    now: () => new Date("2026-01-02T03:04:05.678Z"),
    write: (line) => lines.push(line),
  });
  for (const event of events) logger.log(event, "It happened.", { hook: "Info" });
  return lines;
}

Deno.test("a line of JSON has KubeVirt's fields", () => {
  const [line = ""] = logged("info", "json", ["info"]);
  const { pos, ...fields } = JSON.parse(line);
  assert.deepEqual(fields, {
    component: "eks-irsa-sidecar",
    level: "info",
    msg: "It happened.",
    timestamp: "2026-01-02T03:04:05.678Z",
    hook: "Info",
  });
  assert.match(pos, /^log_test\.ts:\d+$/);
});

Deno.test("a line of text is for people", () => {
  assert.deepEqual(logged("info", "text", ["warning"]), [
    '2026-01-02T03:04:05.678Z warning: It happened. hook="Info"\n',
  ]);
});

const LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error"];
for (const [index, level] of LEVELS.entries()) {
  Deno.test(`the level ${level} leaves out what matters less`, () => {
    assert.equal(logged(level, "text", LEVELS).length, LEVELS.length - index);
  });
}
