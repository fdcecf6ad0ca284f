import { repositoryPath } from "../../support/paths.ts";

/** A leaf of a MIME message, as Python's email package reads it. */
export interface MimeLeaf {
  readonly type: string;
  readonly filename: string | null;
  /** Base64. */
  readonly content: string;
}

/** A MIME message, as Python's email package reads it. */
export interface MimeReading {
  readonly type: string;
  /** The leaves of each of the outermost parts. */
  readonly children: readonly (readonly MimeLeaf[])[];
  readonly childTypes: readonly string[];
  readonly leaves: readonly MimeLeaf[];
  readonly defects: readonly string[];
}

/** An element, or `#text`, `#comment` or `#pi` with its content, as expat reads it. */
export type XmlNode =
  | readonly [string, Readonly<Record<string, string>>, readonly XmlNode[]]
  | readonly [string, readonly string[]];

export type XmlReading =
  | { readonly tree: readonly XmlNode[] }
  | { readonly error: string; readonly line: number };

/** Python's email package and expat, and libxml2 if it is installed, in one process for the whole run. */
export class Judge implements AsyncDisposable {
  readonly #child = new Deno.Command("python3", {
    args: ["-I", repositoryPath("tests/robustness/readers/judge.py")],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  readonly #questions = this.#child.stdin.getWriter();
  readonly #answers = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  #pending = "";

  async mime(text: string): Promise<MimeReading> {
    return await this.#ask({ ask: "mime", text }) as MimeReading;
  }

  /**
   * A document's elements. Expat accepts the names of XML's fourth edition, libvirt and our parser those of the fifth.
   * For the fifth, libxml2 judges whether the document is well-formed, and in the tree every character beyond ASCII
   * is replaced by a number.
   */
  async xml(document: Uint8Array, edition: "fourth" | "fifth" = "fourth"): Promise<XmlReading> {
    const question = { ask: "xml", document: document.toBase64(), edition };
    return await this.#ask(question) as XmlReading;
  }

  /** Whether libxml2 is installed. */
  async knowsFifthEdition(): Promise<boolean> {
    const { answer } = await this.#ask({ ask: "libxml2" }) as { readonly answer: boolean };
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#questions.close();
    await this.#answers.cancel();
    await this.#child.status;
  }

  async #ask(question: Readonly<Record<string, string>>): Promise<unknown> {
    await this.#questions.write(new TextEncoder().encode(JSON.stringify(question) + "\n"));
    const pieces = [this.#pending];
    while (!pieces.at(-1)?.includes("\n")) {
      const { value, done } = await this.#answers.read();
      if (done) throw new Error("The judge (readers/judge.py) has ended.");
      pieces.push(value);
    }
    const text = pieces.join("");
    const end = text.indexOf("\n");
    this.#pending = text.slice(end + 1);
    const answer: unknown = JSON.parse(text.slice(0, end));
    if (typeof answer === "object" && answer !== null && "failed" in answer) {
      throw new Error(`The judge could not answer: ${String(answer.failed)}`);
    }
    return answer;
  }
}
