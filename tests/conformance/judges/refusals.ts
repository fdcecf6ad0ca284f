import { parse } from "yaml";

/** A domain that `virsh define` refuses on a machine without some hardware (domains/refusals.yaml). */
export interface Refusal {
  readonly domain: string;
  /** What the machine would need: its architecture's name, and paths of devices. */
  readonly needs: readonly string[];
  /** The message of the refusal. */
  readonly words: string;
  readonly why: string;
}

/**
 * Reads the list of refusals.
 *
 * @param text domains/refusals.yaml
 * @param domains the names of all domains
 * @throws {Error} if an entry is incomplete, or is not about one of the domains
 */
export function readRefusals(text: string, domains: readonly string[]): readonly Refusal[] {
  const entries: unknown = parse(text);
  if (!Array.isArray(entries)) throw new Error("refusals.yaml is no list");
  return entries.map((entry: unknown, index) => {
    if (!isRefusal(entry)) {
      throw new Error(`refusals.yaml, entry ${index + 1}: needs domain, needs, words and why`);
    }
    if (!domains.includes(entry.domain)) {
      throw new Error(`refusals.yaml, entry ${index + 1}: there is no ${entry.domain}.domain`);
    }
    return entry;
  });
}

/**
 * The refusal that is expected for a domain; undefined if the domain must be defined.
 *
 * @param machineHas whether this machine is, or has, what an entry needs
 */
export function refusalOf(
  refusals: readonly Refusal[],
  domain: string,
  machineHas: (need: string) => boolean,
): Refusal | undefined {
  return refusals.find((refusal) => refusal.domain === domain && !refusal.needs.every(machineHas));
}

/** Whether this machine is of an architecture, or has a device. */
export function thisMachineHas(need: string): boolean {
  if (!need.startsWith("/")) return Deno.build.arch === need;
  try {
    Deno.openSync(need, { read: true, write: true }).close();
    return true;
  } catch {
    // It does not exist, or may not be used.
    return false;
  }
}

function isRefusal(entry: unknown): entry is Refusal {
  if (typeof entry !== "object" || entry === null) return false;
  const { domain, needs, words, why } = entry as Record<string, unknown>;
  return [domain, words, why].every((text) => typeof text === "string" && text !== "") &&
    Array.isArray(needs) && needs.length > 0 && needs.every((need) => typeof need === "string");
}
