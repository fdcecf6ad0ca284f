/**
 * Puts a folder in the place of KubeVirt's hook folder, for one program alone: a mount namespace of its
 * own leaves the machine's as it is, be it there or not (mount_namespaces(7)).
 */
const ENTER = `
if [ ! -d "$HOOKS" ]; then mount -t tmpfs tmpfs /var/run && mkdir "$HOOKS" || exit; fi
mount --bind "$0" "$HOOKS" && exec "$@"`;

export const HOOK_FOLDER = "/var/run/kubevirt-hooks";

/** A command that runs another where `folder` is the hook folder. */
export function withHookFolder(
  folder: string,
  command: readonly string[],
): readonly [string, ...string[]] {
  // Whoever is not root is, in a user namespace, where the machine allows that (user_namespaces(7)).
  const asRoot = Deno.uid() === 0 ? [] : ["--user", "--map-root-user"];
  const script = `HOOKS=${HOOK_FOLDER}${ENTER}`;
  return ["unshare", "--mount", ...asRoot, "sh", "-c", script, folder, ...command];
}

/** Whether this machine lets a program have a hook folder of its own. */
export async function canHaveHookFolder(): Promise<boolean> {
  const folder = await Deno.makeTempDir({ prefix: "hooks-" });
  try {
    const [program, ...args] = withHookFolder(folder, ["true"]);
    const { success } = await new Deno.Command(program, { args, stderr: "null" }).output();
    return success;
  } catch {
    // No unshare: this is not Linux.
    return false;
  } finally {
    await Deno.remove(folder);
  }
}
