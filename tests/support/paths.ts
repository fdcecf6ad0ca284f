/** The absolute path of a file of this repository, given relative to its top level. */
export function repositoryPath(path: string): string {
  return decodeURIComponent(new URL(`../../${path}`, import.meta.url).pathname);
}
