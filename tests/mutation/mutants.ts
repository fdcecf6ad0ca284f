import { posix } from "node:path";

/** One small change of the source. Words are those of https://stryker-mutator.io/docs/mutation-testing-elements. */
export interface Mutant {
  readonly id: string;
  /** The path of the file, from the top of the repository. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly mutator: string;
  /** The line of the source on which it starts, without the white space around it. */
  readonly code: string;
  /** What is replaced, its white space as single spaces. */
  readonly from: string;
  readonly to: string;
}

export interface Instrumented {
  /** The files with all mutants in them, by their paths. */
  readonly files: ReadonlyMap<string, string>;
  readonly mutants: readonly Mutant[];
  /** How many mutants of texts were left out. */
  readonly texts: number;
}

/**
 * The package, pinned, with its lock file beside this file. It is not imported by a literal: deno.lock, `deno check` and
 * so every user's install stay free of it.
 */
const INSTRUMENTER: string = "npm:@stryker-mutator/instrumenter@10.1.1";
const INJECTOR: string = "npm:typed-inject@5.0.0";

/** As much of the instrumenter's types as is used here. */
interface Instrumenter {
  instrument(
    files: readonly { name: string; content: string; mutate: true }[],
    options: { plugins: null; excludedMutations: readonly string[]; ignorers: readonly Ignorer[] },
  ): Promise<{
    readonly files: readonly { readonly name: string; readonly content: string }[];
    readonly mutants: readonly {
      readonly id: string;
      readonly fileName: string;
      readonly mutatorName: string;
      readonly replacement: string;
      readonly location: { readonly start: Position; readonly end: Position };
    }[];
  }>;
}

/** From 0. */
interface Position {
  readonly line: number;
  readonly column: number;
}

interface Ignorer {
  shouldIgnore(path: NodePath): string | undefined;
}

/** As much of Babel's types as is used here. */
interface NodePath {
  readonly node: {
    readonly type: string;
    readonly start: number;
    readonly end: number;
    readonly operator?: string;
    readonly key?: { readonly name?: string };
  };
  readonly parentPath: NodePath | null;
}

/** Three words in a row. */
const SENTENCE = /[A-Za-z']+,? [A-Za-z']+,? [A-Za-z']+/;

/** Puts all mutants into some files of the source. */
export async function instrument(sources: ReadonlyMap<string, string>): Promise<Instrumented> {
  const { createInstrumenter } = await import(INSTRUMENTER);
  const { createInjector } = await import(INJECTOR);
  const nothing = () => {};
  const logger = { isDebugEnabled: () => false, debug: nothing, info: nothing, warn: console.warn };
  const instrumenter: Instrumenter = createInjector()
    .provideValue("logger", logger).provideValue("options", {}).injectFunction(createInstrumenter);

  const files = new Map<string, string>();
  const mutants: Mutant[] = [];
  let texts = 0;
  for (const [file, content] of sources) {
    const sentences = new Set<number>();
    const result = await instrumenter.instrument([{ name: file, content, mutate: true }], {
      plugins: null,
      excludedMutations: [],
      ignorers: [{
        // It ignores nothing: what is computed within a text is to be mutated.
        shouldIgnore(path) {
          if (isMessage(path, content)) sentences.add(path.node.start);
          return undefined;
        },
      }],
    });
    const lines = content.split("\n");
    const offset = ({ line, column }: Position) =>
      lines.slice(0, line).reduce((sum, { length }) => sum + length + 1, column);
    for (const { id, mutatorName, replacement, location: { start, end } } of result.mutants) {
      if (mutatorName === "StringLiteral" && sentences.has(offset(start))) {
        texts++;
        continue;
      }
      mutants.push({
        id: `${posix.relative("src", file)}:${id}`,
        file,
        line: start.line + 1,
        mutator: mutatorName,
        code: (lines[start.line] ?? "").trim(),
        from: oneLine(content.slice(offset(start), offset(end))),
        to: oneLine(replacement),
      });
    }
    // The ids start at 0 in each file.
    const prefix = posix.relative("src", file);
    files.set(
      file,
      (result.files[0]?.content ?? "").replace(
        /\bstry(?:MutAct|Cov)_9fa48\((?:"\d+"(?:, )?)+\)/g,
        (call) => call.replace(/"(\d+)"/g, `"${prefix}:$1"`),
      ),
    );
  }
  return { files, mutants, texts };
}

/** Whether a literal is (a part of) a sentence for people, but for the sentence on what to do. */
function isMessage({ node, parentPath }: NodePath, content: string): boolean {
  if (node.type !== "StringLiteral" && node.type !== "TemplateLiteral") return false;
  let whole = node;
  for (let parent = parentPath; parent !== null; parent = parent.parentPath) {
    if (parent.node.type === "BinaryExpression" && parent.node.operator === "+") {
      whole = parent.node;
    }
    if (parent.node.type === "ObjectProperty" && parent.node.key?.name === "fix") return false;
  }
  return SENTENCE.test(content.slice(whole.start, whole.end));
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
