/** The way from the top of a manifest to one of its values. */
export type Path = readonly (string | number)[];

/** A path as people write it: `spec.volumes[1].name`, `metadata.annotations["a.b/c"]`. */
export function formatPath(path: Path): string {
  return path.map((step, index) => {
    if (typeof step === "number") return `[${step}]`;
    if (!/^[A-Za-z_][\w-]*$/.test(step)) return `[${JSON.stringify(step)}]`;
    return index === 0 ? step : `.${step}`;
  }).join("");
}
