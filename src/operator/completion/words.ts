import type { Flag } from "../../cli/flags.ts";

/** The values of a flag: words to choose from, a file, or anything. */
export type Values = readonly string[] | "file" | "any";

/** Derives the values of a flag from its description in the help. */
export function valuesOf({ value }: Flag): Values {
  if (value === "FILE" || value === "PATH") return "file";
  const words = value.split(/[|,]/).map((word) => word.replace(/[A-Z]{2,}/, ""));
  return words.length > 1 ? words : "any";
}
