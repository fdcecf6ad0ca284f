/**
 * Compiles the bundle to the standalone binary `dist/eks-irsa-sidecar`, with the permissions and V8's flags of
 * the task `start`. The arguments are for `deno compile`, such as `--target`.
 */
import { BUNDLE_FOLDER } from "./bundle.ts";
import { RUNTIME_FLAGS } from "./runtime_flags.ts";

const { code } = await new Deno.Command(Deno.execPath(), {
  args: [
    "compile",
    "--no-config",
    "--no-lock",
    ...RUNTIME_FLAGS,
    "--output",
    "dist/eks-irsa-sidecar",
    // What follows the entry would be arguments of the program, at each of its starts.
    ...Deno.args,
    `${BUNDLE_FOLDER}/main.js`,
  ],
  cwd: new URL("..", import.meta.url),
}).spawn().status;
Deno.exit(code);
