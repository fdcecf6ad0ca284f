import type { GuestPart } from "../../src/guest/guest.ts";
import { readEntity, readParts } from "./mime.ts";

/** What our part of a guest's user data says. */
export interface GuestPartSettings {
  readonly mountTag: string;
  readonly mountPath: string;
  readonly tokenName: string;
  readonly tokenReaders: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** The settings in raw user data, found as a guest finds them. */
export function settingsIn(userData: string): GuestPartSettings {
  const encoded = /^#eks-irsa-settings: (\S+)$/m.exec(userData)?.[1];
  if (encoded === undefined) throw new Error("The user data has no settings");
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as GuestPartSettings;
}

/** The parts of user data that we have been put before: ours, and theirs. */
export function partsOf(userData: string): readonly string[] {
  return readParts(readEntity(userData));
}

/** Our first part of raw user data, as a guest's reader takes it out of the message. */
export function ourPartOf(userData: string): GuestPart {
  const { headers, body } = readEntity(partsOf(userData)[0] ?? "");
  const filename = /filename="([^"]+)"/.exec(headers.get("content-disposition") ?? "")?.[1];
  return {
    type: headers.get("content-type")?.split(";")[0] ?? "",
    filename: filename ?? "",
    body,
  };
}
