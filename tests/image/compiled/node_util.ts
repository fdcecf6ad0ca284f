/**
 * The module node:util with the function `diff`, which Deno 2.6 lacks and the command preview imports. The
 * import map beside this file puts it in the module's place; the bundle stays as it is.
 */
export * from "node:util";
export { default } from "node:util";

/** What `diff` returns for a line: 0 if both texts have it, 1 if only the first, -1 if only the second. */
type Step = [operation: 0 | 1 | -1, line: string];

/** Compares two texts line by line, as Node's function of this name, along a longest common sequence. */
export function diff(first: readonly string[], second: readonly string[]): Step[] {
  // common[i][j] is the length of the longest sequence that the rests from i and from j have in common.
  const common = Array.from({ length: first.length + 1 }, () => Array<number>(second.length + 1));
  const at = (i: number, j: number) => common[i]?.[j] ?? 0;
  for (let i = first.length - 1; i >= 0; i--) {
    for (let j = second.length - 1; j >= 0; j--) {
      const length = first[i] === second[j]
        ? at(i + 1, j + 1) + 1
        : Math.max(at(i + 1, j), at(i, j + 1));
      common[i]?.splice(j, 1, length);
    }
  }
  const steps: Step[] = [];
  let [i, j] = [0, 0];
  while (i < first.length || j < second.length) {
    const [left, right] = [first[i], second[j]];
    if (left !== undefined && left === right) {
      steps.push([0, left]);
      i++;
      j++;
    } else if (left !== undefined && (right === undefined || at(i + 1, j) >= at(i, j + 1))) {
      steps.push([1, left]);
      i++;
    } else if (right !== undefined) {
      steps.push([-1, right]);
      j++;
    }
  }
  return steps;
}
