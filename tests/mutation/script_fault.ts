/** One change of a script that breaks something. */
export interface ScriptFault {
  /** The script, from the top of the repository. */
  readonly file: string;
  /** What the changed script does. */
  readonly what: string;
  /** The text that is replaced, where it stands first. */
  readonly from: string;
  readonly to: string;
  /** Why no test notices it here; undefined if one does. */
  readonly unnoticed?: string;
}
