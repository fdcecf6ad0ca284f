/** The log levels, lowest first. A logger writes the level that it is set to, and all higher ones. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;
export type LogLevel = typeof LOG_LEVELS[number];

export const LOG_FORMATS = ["json", "text"] as const;
export type LogFormat = typeof LOG_FORMATS[number];

/** Further fields of a line. They never hold the value of a variable, a token or user data. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** Writes the log, for the operator of the cluster. */
export interface Logger {
  log(level: LogLevel, message: string, fields?: LogFields): void;
  /** The same log, with another source file in its lines. */
  of(file: string): Logger;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Writes one line, which ends in a line break. */
  readonly write: (line: string) => void;
  readonly now: () => Date;
  /**
   * The source file, for the field `pos` of KubeVirt's log. It has no line number: the shipped code is one
   * minified line, and finding the number would add two milliseconds to the first call of a hook.
   */
  readonly file: string;
}

const COMPONENT = "eks-irsa-sidecar";

/** Creates a logger whose JSON has the fields of KubeVirt's log (kubevirt.io/client-go/log). */
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

/** Replaces the characters that would begin another line or control a terminal. */
function onOneLine(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, " ");
}
