import { type Bench, JudgeMissing } from "../judges/judge.ts";
import { runProgram } from "./run_program.ts";
import { onlyOnce } from "./stamp.ts";

const PACKAGE = "@aws-sdk/credential-provider-node";
/** Its release of the judge's table. */
export const JAVASCRIPT_SDK_VERSION = "3.972.99";

/** Prints the access key that the default chain of providers finds; an error ends the program. */
const PROGRAM = `
import { defaultProvider } from "${PACKAGE}";
console.log((await defaultProvider()()).accessKeyId);
`;

/**
 * Installs the AWS SDK's providers of credentials for JavaScript into a folder of the tier's own. Deno, which is here,
 * stands in for Node.
 *
 * @returns the command that prints the access key of the credentials that the SDK finds
 * @throws {JudgeMissing} if the package cannot be downloaded
 */
export async function javascriptSdk(bench: Bench): Promise<readonly string[]> {
  const folder = `${bench.cache}/javascript`;
  const manifest = JSON.stringify({
    type: "module",
    dependencies: { [PACKAGE]: JAVASCRIPT_SDK_VERSION },
  });
  try {
    await onlyOnce(`${bench.cache}/javascript.stamp`, manifest + PROGRAM, async () => {
      bench.progress(`AWS SDK for JavaScript: install ${PACKAGE}`);
      await Deno.remove(folder, { recursive: true }).catch(() => {});
      await Deno.mkdir(folder);
      await Deno.writeTextFile(`${folder}/package.json`, manifest);
      await Deno.writeTextFile(`${folder}/credentials.js`, PROGRAM);
      await runProgram([Deno.execPath(), "install", "--quiet", "--node-modules-dir=auto"], {
        cwd: folder,
      });
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new JudgeMissing(`cannot install ${PACKAGE}: ${reason}`);
  }
  return [
    ...[Deno.execPath(), "run", "--quiet", "--allow-all", "--node-modules-dir=manual"],
    `${folder}/credentials.js`,
  ];
}
