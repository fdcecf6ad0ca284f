import type { Flag } from "../../cli/flags.ts";

/** What can stand behind a flag: words to choose from, a file, or something that only its user knows. */
export type Values = readonly string[] | "file" | "any";

/** Reads the values from how the help names them. */
export function valuesOf({ value }: Flag): Values {
  if (value === "FILE" || value === "PATH") return "file";
  const words = value.split(/[|,]/).map((word) => word.replace(/[A-Z]{2,}$/, ""));
  return words.length > 1 ? words : "any";
}
