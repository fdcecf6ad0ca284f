/** An entry of our sidecar, by the last part of its image's name. Go ignores the case of keys. */
const OURS =
  /"[iI][mM][aA][gG][eE]"\s*:\s*"(?:[^"]*\/)?[^"/:@]*irsa-sidecar[^"/:@]*(?:[:@][^"]*)?"/;

/**
 * The text of the annotation with the hook sidecars, with our sidecar in it. The policy cannot read JSON, so that
 * this works on text as the policy does (deploy/policy/policy.yaml, `newSidecars`).
 *
 * @param text The annotation; undefined if there is none.
 * @param sidecar Our entry, JSON.
 * @returns Undefined if the annotation is no list.
 */
export function withSidecar(text: string | undefined, sidecar: string): string | undefined {
  const list = (text ?? "").trim();
  if (list === "" || list === "null" || /^\[\s*\]$/.test(list)) return `[${sidecar}]`;
  if (!list.startsWith("[") || !list.endsWith("]")) return undefined;
  return OURS.test(list) ? text : `${list.slice(0, -1).trim()}, ${sidecar}]`;
}
