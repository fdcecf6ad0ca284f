/**
 * Mounts a folder at the path of KubeVirt's hook folder for one program, in a mount namespace of its own: the machine's
 * own folder does not change (mount_namespaces(7)).
 */
const ENTER = `
if [ ! -d "$HOOKS" ]; then mount -t tmpfs tmpfs /var/run && mkdir "$HOOKS" || exit; fi
mount --bind "$0" "$HOOKS" && exec "$@"`;

export const HOOK_FOLDER = "/var/run/kubevirt-hooks";

/** A command that runs another one with `folder` as the hook folder. */
export function withHookFolder(
  folder: string,
  command: readonly string[],
): readonly [string, ...string[]] {
  // Other users become root in a user namespace, if the machine allows that (user_namespaces(7)).
  const asRoot = Deno.uid() === 0 ? [] : ["--user", "--map-root-user"];
  const script = `HOOKS=${HOOK_FOLDER}${ENTER}`;
  return ["unshare", "--mount", ...asRoot, "sh", "-c", script, folder, ...command];
}

/** Whether this machine allows such a mount. */
export async function canHaveHookFolder(): Promise<boolean> {
  const folder = await Deno.makeTempDir({ prefix: "hooks-" });
  try {
    const [program, ...args] = withHookFolder(folder, ["true"]);
    const { success } = await new Deno.Command(program, { args, stderr: "null" }).output();
    return success;
  } catch {
    // There is no program unshare: this is not Linux.
    return false;
  } finally {
    await Deno.remove(folder);
  }
}
