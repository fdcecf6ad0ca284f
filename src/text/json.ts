import { type InputSource, InvalidInput } from "./invalid_input.ts";
import { decodeUtf8 } from "./utf8.ts";

/** A parsed JSON object whose members have not been validated. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses the bytes of a message field that holds one JSON object.
 *
 * @param what The name of the field, for the error.
 * @throws {InvalidInput} if the bytes are not UTF-8, not JSON, or not an object.
 */
export function parseJsonObject(
  bytes: Uint8Array,
  what: string,
  source: InputSource,
): JsonObject {
  const text = decodeUtf8(bytes);
  if (text === undefined) {
    throw new InvalidInput(
      `${what} is not UTF-8: virt-launcher sends one JSON object there.`,
      source,
    );
  }
  let value: unknown;
  try {
    // A byte order mark is refused here, as Go refuses it.
    value = JSON.parse(text);
  } catch (error) {
    // V8's message quotes the text around the mistake, which may be user data. Only the position is kept.
    const position = /position (\d+)/.exec(String(error))?.[1];
    throw new InvalidInput(
      `${what} is not JSON${position === undefined ? "" : ` (at character ${position})`}: ` +
        "virt-launcher sends one JSON object there.",
      source,
    );
  }
  const object = asObject(value);
  if (object === undefined) {
    throw new InvalidInput(
      `${what} is JSON but not an object: virt-launcher sends an object there.`,
      source,
    );
  }
  return object;
}

/** The value as an object; undefined if it is something else. */
export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    // Every non-array object can be read by key.
    ? value as JsonObject
    : undefined;
}

/** The value of a member. Inherited names such as `constructor` are not members. */
export function member(object: JsonObject | undefined, key: string): unknown {
  return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The value of a member; undefined if it is not an object. */
export function objectMember(object: JsonObject | undefined, key: string): JsonObject | undefined {
  return asObject(member(object, key));
}

/** The value of a member; undefined if it is not a string. */
export function stringMember(object: JsonObject | undefined, key: string): string | undefined {
  const value = member(object, key);
  return typeof value === "string" ? value : undefined;
}

/** The objects in a member that is a list. Entries of other types are left out. */
export function objectsMember(object: JsonObject | undefined, key: string): readonly JsonObject[] {
  const value: unknown = member(object, key);
  return Array.isArray(value)
    ? value.map((entry: unknown) => asObject(entry)).filter((entry) => entry !== undefined)
    : [];
}

/** The members that are strings. */
export function stringMembers(object: JsonObject | undefined): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(object ?? {})
      .filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
