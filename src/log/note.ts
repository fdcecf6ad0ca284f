/** The level of a {@link Note}, in the words of KubeVirt's log. */
export type NoteLevel = "debug" | "info" | "warning";

/**
 * A message of a decision for the operator of the cluster. Decisions are pure: they return notes with their
 * result, and the caller logs or prints them.
 */
export interface Note {
  readonly level: NoteLevel;
  /** One sentence. It never holds the value of a variable, a token or user data. */
  readonly message: string;
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
}
