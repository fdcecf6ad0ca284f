/** A part of the user data that the guest gets. */
export interface MessagePart {
  readonly type: string;
  /** Empty if the part has none. */
  readonly filename: string;
}

/** The parts of a message that the sidecar wrote, by their headers. */
export function messageParts(message: string): readonly MessagePart[] {
  const boundary = /^Content-Type: multipart\/mixed; boundary="([^"]+)"$/m.exec(message)?.[1];
  if (boundary === undefined) return [];
  return message.split(`\n--${boundary}\n`).slice(1).map((entity) => {
    const [header = ""] = entity.split(/\r?\n\r?\n/, 1);
    return {
      type: /^content-type:\s*([^\s;]+)/im.exec(header)?.[1] ?? "text/plain",
      filename: /^content-disposition:[^\n]*filename="([^"]*)"/im.exec(header)?.[1] ?? "",
    };
  });
}
