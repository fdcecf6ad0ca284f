/** The commands in the code blocks of a Markdown text: those blocks of `sh` that contain some words. */
export function documentedCommands(markdown: string, words: string): readonly string[] {
  return Array.from(markdown.matchAll(/^```sh\n(.*?)^```$/gms), ([, block = ""]) => block)
    .filter((block) => block.includes(words));
}
