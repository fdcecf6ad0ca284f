/** How much a {@link Note} matters, in the words of KubeVirt's log. */
export type NoteLevel = "debug" | "info" | "warning";

/**
 * Something that a decision has to tell the operator. Decisions are pure, so they return their notes
 * beside the result and whoever called them decides where the notes go.
 */
export interface Note {
  readonly level: NoteLevel;
  /** One sentence. Holds no value of a variable, no token and no user data. */
  readonly message: string;
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
}
