/** What the probe found out about itself. */
export interface ProbeReport {
  /** The version of the Deno that it runs on. */
  readonly deno: string;
  readonly args: readonly string[];
  /** What it tried: "allowed", or the name of the error. */
  readonly acts: Readonly<Record<string, string>>;
  readonly permissions: Readonly<Record<string, string>>;
}
