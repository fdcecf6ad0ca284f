import { TOKEN_FILE_VARIABLE } from "../../../identity/identity.ts";
import type { PreviewPlan } from "../../manifest_plan/manifest_plan.ts";
import { findingInUserData, type Rule, type Subject } from "../check_context.ts";

/** What ends a word of a script, of YAML or of fstab. */
const BEFORE = "(?<=^|[\\s\"'=\\[,:(])";
const AFTER = "(?=$|[\\s\"',;\\]})])";

/** The user data uses a folder of the sidecar's. */
export const mountPathTaken: Rule = (subject) => {
  const seen = userDataOf(subject);
  if (seen === undefined) return [];
  const { plan: { guest }, text } = seen;
  const tokenFile = guest.variables.get(TOKEN_FILE_VARIABLE) ?? "";
  const published = tokenFile.replace(/[\\/][^\\/]*$/, "");
  const folders = new Map([
    [published, "where the sidecar publishes the token"],
    [guest.mountPath, "where the guest mounts the token's share"],
  ]);
  for (const [folder, purpose] of folders) {
    const word = new RegExp(`${BEFORE}${escaped(folder)}([\\\\/][^\\s"',;\\]})]*)?${AFTER}`, "gm");
    // To read the token is what it is there for.
    const found = [...text.matchAll(word)].find(([path]) =>
      path !== tokenFile && path !== `${guest.mountPath}/${subject.identity.tokenName}`
    );
    if (found === undefined) continue;
    return [findingInUserData(subject, found.index, {
      code: "mount-path-taken",
      severity: "warning",
      what: `The user data names ${folder}, ${purpose}.`,
      why:
        "What is mounted or lies there already is left alone: if it is not the token's share, there is no token.",
      mend: folder === guest.mountPath
        ? "Leave the mounting to the sidecar, or give it another --mount-path."
        : "Use another folder.",
    })];
  }
  return [];
};

/** The user data mounts the share itself. */
export const mountTagMounted: Rule = (subject) => {
  const seen = userDataOf(subject);
  if (seen === undefined || seen.plan.guest.verdict.os !== "linux") return [];
  const { tag } = seen.plan.guest.share;
  const found = new RegExp(
    `^(?=.*\\bvirtiofs\\b).*?${BEFORE}${escaped(tag)}${AFTER}`,
    "m",
  ).exec(seen.text);
  if (found === null) return [];
  return [findingInUserData(subject, found.index + found[0].length - 1, {
    code: "mount-tag-mounted",
    severity: "warning",
    what: `The user data mounts the token's share, ${tag}, itself.`,
    why: "The sidecar mounts it too, and what is mounted is for root and user and group 107 alone.",
    mend: `Leave it out: programs find the token in the file that ${TOKEN_FILE_VARIABLE} names.`,
  })];
};

/** A shell writes the file as a whole, and does not add to it. */
const REPLACED_BY_SHELL = /((?<!>)>|\btee)[ \t]*["']?\/etc\/environment(?![\w./-])/;
/** cloud-init's write_files does, unless the entry says append. */
const WRITTEN_FILE = /\bpath["']?:[ \t]*["']?\/etc\/environment["']?[ \t]*(?=[,}]|$)/gm;
const ENTRY = /^[ \t]*-[ \t]|[{}]/gm;

/** The user data replaces the file that has the variables. */
export const environmentReplaced: Rule = (subject) => {
  const seen = userDataOf(subject);
  if (seen === undefined || seen.plan.guest.verdict.os !== "linux") return [];
  const place = REPLACED_BY_SHELL.exec(seen.text)?.index ?? replacingEntry(seen.text);
  if (place === undefined) return [];
  return [findingInUserData(subject, place, {
    code: "environment-replaced",
    severity: "warning",
    what: "The user data replaces /etc/environment.",
    why:
      "The sidecar writes the AWS_ variables there early in the boot, and this comes later: login sessions of " +
      "the first boot do not have them.",
    mend: "Add to the file: append: true in write_files, >> in a script.",
  })];
};

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
  { plan, cloudInit, hookPoints }: Subject,
): { readonly plan: PreviewPlan; readonly text: string } | undefined {
  if ("failure" in plan || cloudInit?.userData.kind !== "given") return undefined;
  if (!hookPoints.has("PreCloudInitIso")) return undefined;
  return { plan, text: new TextDecoder().decode(plan.guest.original) };
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

export const COLLISION_RULES: readonly Rule[] = [
  mountPathTaken,
  mountTagMounted,
  environmentReplaced,
];
