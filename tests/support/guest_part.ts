import type { GuestPart } from "../../src/guest/guest.ts";
import { readEntity, readParts } from "./mime.ts";

/** The settings that our part of a guest's user data carries. */
export interface GuestPartSettings {
  readonly mountTag: string;
  readonly mountPath: string;
  readonly tokenName: string;
  readonly tokenReaders: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** The settings in raw user data, read as a guest reads them. */
export function settingsIn(userData: string): GuestPartSettings {
  const text = settingsTextIn(userData);
  if (!text.startsWith("{")) return readLines(text);
  const { format: _, ...settings } = JSON.parse(text) as GuestPartSettings & { format: number };
  return settings;
}

/** The decoded settings line of raw user data. */
export function settingsTextIn(userData: string): string {
  const encoded = /^#eks-irsa-settings: (\S+)$/m.exec(userData)?.[1];
  if (encoded === undefined) throw new Error("The user data has no settings");
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
    .decode(Uint8Array.fromBase64(encoded));
}

/** User data with another text in its settings line. */
export function replaceSettings(userData: string, change: (text: string) => string): string {
  const changed = new TextEncoder().encode(change(settingsTextIn(userData))).toBase64();
  return userData.replace(/^(#eks-irsa-settings: )\S+$/m, (_line, marker) => marker + changed);
}

/** A Linux guest's settings: `NAME=value` lines up to the line `END`. */
function readLines(text: string): GuestPartSettings {
  const lines = text.split("\n");
  if (lines.at(-2) !== "END" || lines.at(-1) !== "") throw new Error("The settings are not whole");
  const values = new Map(
    lines.slice(0, -2).map((line) => {
      const equals = line.indexOf("=");
      return [line.slice(0, equals), line.slice(equals + 1)];
    }),
  );
  const value = (name: string) => values.get(name) ?? "";
  return {
    mountTag: value("MOUNT_TAG"),
    mountPath: value("MOUNT_PATH"),
    tokenName: value("TOKEN_NAME"),
    tokenReaders: value("TOKEN_READERS"),
    variables: Object.fromEntries([...values].filter(([name]) => name.startsWith("AWS_"))),
  };
}

/** All parts of user data that the sidecar has written. */
export function partsOf(userData: string): readonly string[] {
  return readParts(readEntity(userData));
}

/** Our first part of raw user data, as a guest's reader extracts it. */
export function ourPartOf(userData: string): GuestPart {
  const { headers, body } = readEntity(partsOf(userData)[0] ?? "");
  const filename = /filename="([^"]+)"/.exec(headers.get("content-disposition") ?? "")?.[1];
  return {
    type: headers.get("content-type")?.split(";")[0] ?? "",
    filename: filename ?? "",
    body,
  };
}
