/** The path from the top of a manifest to one of its values: keys of maps, and indexes of lists. */
export type Path = readonly (string | number)[];

/** Formats a path for a message: `spec.volumes[1].name`, `metadata.annotations["a.b/c"]`. */
export function formatPath(path: Path): string {
  return path.map((step, index) => {
    if (!/^[A-Za-z_][\w-]*$/.test(String(step))) return `[${JSON.stringify(step)}]`;
    return index === 0 ? step : `.${step}`;
  }).join("");
}
