/** How much is logged: everything from this level on. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
export type LogLevel = typeof LOG_LEVELS[number];

export const LOG_FORMATS = ["json", "text"] as const;
export type LogFormat = typeof LOG_FORMATS[number];

/** What else a line tells; never a value of a variable, a token or user data. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Writes events for whoever operates the cluster. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: LogFields): void;
  /** The same log, for what another source file has to say. */
  of(file: string): Logger;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Takes one line, with its line break. */
  readonly write: (line: string) => void;
  readonly now: () => Date;
  /**
   * The source file that speaks, as KubeVirt's field `pos` has it. Without the line: of what is shipped, one
   * minified line, it would say nothing, and to find it costs a first call of a hook two milliseconds.
   */
  readonly file: string;
}

const COMPONENT = "eks-irsa-sidecar";

/** A logger whose JSON has the fields of KubeVirt's own (kubevirt.io/client-go/log). */
export function createLogger(options: LoggerOptions): Logger {
  const { level: least, format, write, now, file } = options;
  return {
    of: (other) => createLogger({ ...options, file: other }),
    log(level, message, fields = {}) {
      if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return;
      const timestamp = now().toISOString();
      if (format === "text") {
        const details = Object.entries(fields).map(([name, value]) =>
          ` ${name}=${JSON.stringify(value)}`
        );
        write(`${timestamp} ${level}: ${onOneLine(message)}${details.join("")}\n`);
        return;
      }
      write(
        JSON.stringify({
          component: COMPONENT,
          level,
          msg: message,
          pos: file,
          timestamp,
          ...fields,
        }) + "\n",
      );
    },
  };
}

/** Text without what would begin another line or steer a terminal. */
function onOneLine(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, " ");
}
