/** What the Windows script makes of the settings line, by the rules of Windows PowerShell 5.1. */
export interface PowerShellSettings {
  readonly mountTag: string;
  readonly mountPath: string;
  readonly tokenName: string;
  readonly variables: ReadonlyMap<string, string>;
}

/**
 * Reads a script's settings as PowerShell does: `ReadAllLines` (CR, LF, CR LF), the first line with the
 * marker, base64, UTF-8, `ConvertFrom-Json`, which ignores the case of member names.
 */
export function readAsPowerShell(script: string): PowerShellSettings {
  const marker = "#eks-irsa-settings: ";
  const line = script.split(/\r\n|\r|\n/).find((candidate) => candidate.startsWith(marker));
  if (line === undefined) throw new Error("The script has no settings line.");
  const bytes = Uint8Array.from(atob(line.slice(marker.length)), (c) => c.charCodeAt(0));
  const json = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  // JavaScriptSerializer reads this as a date, if its slashes are escaped.
  if (json.includes('"\\/Date(')) throw new Error("ConvertFrom-Json would make a date of a value.");
  const settings = JSON.parse(json) as Record<string, unknown>;
  const variables = settings.variables as Record<string, unknown>;
  const names = Object.keys(variables);
  if (new Set(names.map((name) => name.toLowerCase())).size !== names.length) {
    throw new Error("ConvertFrom-Json refuses names that differ in their case alone.");
  }
  // Environment.SetEnvironmentVariable of .NET Framework (mscorlib/system/environment.cs) throws, and no variable
  // after it is set. A process accepts no value of 32,767 characters.
  for (const [name, value] of Object.entries(variables)) {
    if (name.length >= 1024) throw new Error("SetEnvironmentVariable refuses a name.");
    if (text(value).length >= 32767) throw new Error("No process can be given a value.");
  }
  return {
    mountTag: text(settings.mountTag),
    mountPath: text(settings.mountPath),
    tokenName: text(settings.tokenName),
    variables: new Map(names.map((name) => [name, text(variables[name])])),
  };
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new Error("A setting is no text.");
  return value;
}
