/** Matches the folder of a package in Deno's cache, in the path of one of its files. */
const PACKAGE_FOLDER = /^(.*\/npm\/[^/]+\/(?:@[^/]+\/)?[^/]+\/[^/]+)\//;

/** The names of files with a package's licence. */
const TERMS = ["LICENSE", "LICENSE.md", "license"];

/** The members of package.json that are read. */
interface PackageDescription {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly repository?: string | { readonly url?: string };
}

/**
 * The licences of all packages with code in a bundle. They require that their text is distributed with the code.
 *
 * @param modules The source files in the bundle.
 */
export async function notices(modules: readonly string[]): Promise<string> {
  const folders = new Set(modules.flatMap((path) => PACKAGE_FOLDER.exec(path)?.[1] ?? []));
  const texts = await Promise.all([...folders].sort().map(noticeOf));
  return [
    "eks-irsa-sidecar runs on Deno (https://github.com/denoland/deno) and contains code of these packages.\n",
    ...texts,
  ].join("\n");
}

async function noticeOf(folder: string): Promise<string> {
  // npm requires these members of every published package.
  const description: PackageDescription = JSON.parse(
    await Deno.readTextFile(`${folder}/package.json`),
  );
  const { name, version, license, repository } = description;
  const source = typeof repository === "string" ? repository : repository?.url ?? "";
  const terms = await readFirst(TERMS.map((file) => `${folder}/${file}`));
  return `${
    "=".repeat(80)
  }\n${name} ${version}\nLicence: ${license}\nSource: ${source}\n\n${terms}`;
}

/** The text of the first file that exists; empty if the package has none. */
async function readFirst(paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    try {
      return await Deno.readTextFile(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return "";
}
