/** A test that a test file declares. */
export interface DeclaredTest {
  /** The file, and the test's place in it: names are not unique. */
  readonly id: string;
  readonly file: string;
  readonly name: string;
}

/** What the process that has the tests is asked. */
export type Request =
  | { readonly kind: "load"; readonly file: string }
  | {
    readonly kind: "run";
    readonly test: string;
    /** The mutant that is switched on meanwhile. */
    readonly mutant?: string | undefined;
    /** How often the mutated place may be reached: an endless loop ends there. */
    readonly maxHits?: number | undefined;
  };

/** How often each mutated place was reached, by the mutant's id. */
export type Hits = Readonly<Record<string, number>>;

export type Reply =
  | { readonly kind: "loaded"; readonly tests: readonly DeclaredTest[]; readonly hits: Hits }
  | {
    readonly kind: "ran";
    /** Why the test failed. */
    readonly failure?: string | undefined;
    readonly hits: Hits;
    /** Whether a program that it started was killed, so that nobody knows what that reached. */
    readonly mayReachMore: boolean;
    readonly milliseconds: number;
  }
  | { readonly kind: "loadFailed"; readonly failure: string };
