import { type Bench, JudgeMissing } from "../judges/judge.ts";
import { runProgram } from "./run_program.ts";
import { onlyOnce } from "./stamp.ts";

/** The grammar, and the parser that runs it: both as WebAssembly, so that nothing is compiled. */
const PACKAGES = { "tree-sitter-powershell": "0.26.4", "web-tree-sitter": "0.27.1" };

/** A node of a syntax tree: the few members that are read here. */
export interface SyntaxNode {
  readonly type: string;
  readonly text: string;
  readonly isError: boolean;
  readonly isMissing: boolean;
  readonly hasError: boolean;
  readonly startPosition: { readonly row: number; readonly column: number };
  readonly children: readonly (SyntaxNode | null)[];
}

/** The members of web-tree-sitter that are used. */
interface WebTreeSitter {
  readonly Parser: {
    new (): {
      setLanguage(language: unknown): unknown;
      parse(text: string): { readonly rootNode: SyntaxNode } | null;
    };
    init(): Promise<void>;
  };
  readonly Language: { load(wasm: Uint8Array): Promise<unknown> };
}

/** A parser of PowerShell. */
export interface PowerShellParser {
  /** The grammar's version. */
  readonly version: string;
  parse(script: string): SyntaxNode;
}

/**
 * Installs the npm packages into the tier's cache and loads the grammar.
 *
 * @throws {JudgeMissing} if the packages cannot be downloaded
 */
export async function powerShellParser(bench: Bench): Promise<PowerShellParser> {
  const folder = `${bench.cache}/npm`;
  await Deno.mkdir(folder, { recursive: true });
  const manifest = JSON.stringify({ private: true, dependencies: PACKAGES });
  try {
    await onlyOnce(`${folder}/stamp`, manifest, async () => {
      bench.progress("PowerShell: install tree-sitter's grammar from npm");
      await Deno.writeTextFile(`${folder}/package.json`, manifest);
      await Deno.writeTextFile(`${folder}/deno.json`, '{ "nodeModulesDir": "auto" }');
      await runProgram([Deno.execPath(), "install", "--quiet"], { cwd: folder });
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new JudgeMissing(`cannot install tree-sitter's grammar: ${reason}`);
  }
  const modules = `${folder}/node_modules`;
  const entry = new URL(`file://${modules}/web-tree-sitter/web-tree-sitter.js`);
  // The module is installed at run time, so its types are not known here.
  const { Parser, Language } = await import(entry.href) as WebTreeSitter;
  await Parser.init();
  const grammar = `${modules}/tree-sitter-powershell/tree-sitter-powershell.wasm`;
  const parser = new Parser();
  parser.setLanguage(await Language.load(await Deno.readFile(grammar)));
  return {
    version: PACKAGES["tree-sitter-powershell"],
    parse(script) {
      const tree = parser.parse(script);
      if (tree === null) throw new Error("The grammar gave no tree");
      return tree.rootNode;
    },
  };
}
