import { TOKEN_FILE_VARIABLES } from "../../../identity/identity.ts";
import type { GuestPlan } from "../../../plan/guest_plan.ts";
import type { CheckContext } from "../check_context.ts";
import { inUserData } from "../places.ts";
import type { Rule } from "../rule.ts";

/** What may be before and after a path in a script, in YAML or in fstab. */
const BEFORE = "(?<=^|[\\s\"'=\\[,:(])";
const AFTER = "(?=$|[\\s\"',;\\]})])";

/** A shell command that replaces the file, and does not append to it. */
const REPLACED_BY_SHELL = /((?<!>)>|\btee)[ \t]*["']?\/etc\/environment(?![\w./-])/;
/** An entry of cloud-init's write_files. It replaces the file unless it says `append: true`. */
const WRITTEN_FILE = /\bpath["']?:[ \t]*["']?\/etc\/environment["']?[ \t]*(?=[,}]|$)/gm;
const ENTRY = /^[ \t]*-[ \t]|[{}]/gm;

/** Conflicts between the user data and what the sidecar does in the guest. */
export const COLLISION_RULES: readonly Rule[] = [
  {
    code: "mount-path-taken",
    severity: "warning",
    looksAt: "The user data and the guest",
    summary: "the user data names the share's mount path or the token's folder",
    find(context) {
      const userData = userDataOf(context);
      if (userData === undefined) return [];
      const { guest, text } = userData;
      const { mountPath, variables } = guest.settings;
      const tokenFile = variables.get(TOKEN_FILE_VARIABLES[context.identity.kind]) ?? "";
      const published = tokenFile.replace(/[\\/][^\\/]*$/, "");
      const folders = new Map([
        [published, "where the sidecar publishes the token"],
        [mountPath, "where the guest mounts the token's share"],
      ]);
      for (const [folder, purpose] of folders) {
        const word = new RegExp(
          `${BEFORE}${RegExp.escape(folder)}([\\\\/][^\\s"',;\\]})]*)?${AFTER}`,
          "gm",
        );
        // User data may read the token.
        const found = [...text.matchAll(word)].find(([path]) =>
          path !== tokenFile && path !== `${mountPath}/${context.identity.tokenName}`
        );
        if (found === undefined) continue;
        return [inUserData(context, found.index, {
          what: `The user data names ${folder}, ${purpose}.`,
          why:
            "The sidecar replaces no mount and no file there: if it is not the token's share, the guest gets no token.",
          fix: folder === mountPath
            ? "Do not mount anything there, or give the sidecar another --mount-path."
            : "Use another folder.",
        })];
      }
      return [];
    },
  },
  {
    code: "mount-tag-mounted",
    severity: "warning",
    looksAt: "The user data and the guest",
    summary: "the user data mounts the share too",
    find(context) {
      const userData = userDataOf(context);
      if (userData?.guest.os.os !== "linux") return [];
      const { guest, text } = userData;
      const { tag } = guest.share;
      const found = new RegExp(
        `^(?=.*\\bvirtiofs\\b).*?${BEFORE}${RegExp.escape(tag)}${AFTER}`,
        "m",
      ).exec(text);
      if (found === null) return [];
      return [inUserData(context, found.index, {
        what: `The user data mounts the token's share, ${tag}.`,
        why:
          "The sidecar mounts it too, and both mounts work. But in the share only root, and the user and the group " +
          "107, can read the token.",
        fix: "Remove the mount if no program needs it: programs find the token in the file that " +
          `${TOKEN_FILE_VARIABLES[context.identity.kind]} names.`,
      })];
    },
  },
  {
    code: "environment-replaced",
    severity: "warning",
    looksAt: "The user data and the guest",
    summary: "the user data replaces `/etc/environment`",
    find(context) {
      const userData = userDataOf(context);
      if (userData?.guest.os.os !== "linux") return [];
      const { text } = userData;
      const place = REPLACED_BY_SHELL.exec(text)?.index ?? replacingEntry(text);
      if (place === undefined) return [];
      return [inUserData(context, place, {
        what: "The user data replaces /etc/environment.",
        why:
          "The sidecar writes the AWS_ variables to it earlier in the boot. Login sessions of the first boot do not " +
          "have them.",
        fix: "Append to the file: append: true in write_files, >> in a script.",
      })];
    },
  },
];

function replacingEntry(text: string): number | undefined {
  return [...text.matchAll(WRITTEN_FILE)].find(({ index }) => {
    const starts = [...text.matchAll(ENTRY)].map((entry) => entry.index);
    const entry = text.slice(
      starts.findLast((start) => start < index),
      starts.find((start) => start > index),
    );
    return !/\bappend["']?:[ \t]*["']?true/.test(entry);
  })?.index;
}

function userDataOf(
  { plan, hookPoints }: CheckContext,
): { readonly guest: GuestPlan; readonly text: string } | undefined {
  if (plan.kind !== "planned" || !hookPoints.has("PreCloudInitIso")) return undefined;
  return { guest: plan.guest, text: new TextDecoder().decode(plan.guest.original) };
}
