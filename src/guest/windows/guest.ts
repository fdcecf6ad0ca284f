import type { Guest } from "../guest.ts";
import { settingsLine } from "../settings.ts";
import disk from "./disk.ps1" with { type: "text" };
import events from "./events.ps1" with { type: "text" };
import files from "./files.ps1" with { type: "text" };
import main from "./main.ps1" with { type: "text" };
import names from "./names.ps1" with { type: "text" };
import route from "./route.ps1" with { type: "text" };
import { windowsSettings } from "./settings.ts";
import share from "./share.ps1" with { type: "text" };
import task from "./task.ps1" with { type: "text" };
import token from "./token.ps1" with { type: "text" };
import variables from "./variables.ps1" with { type: "text" };

/** The files of the script, each after those that it uses. */
const FILES = [names, events, files, disk, variables, share, route, token, task, main];

/**
 * The script's own folder, where only administrators may write. The sidecar cannot know the guest's
 * `%ProgramData%`; this is its path on practically every Windows, and the script makes the folder where it is not.
 */
export const WINDOWS_OWN_FOLDER = "C:\\ProgramData\\eks-irsa-sidecar";

/** The name of the script's file: in the user data, and on the CD of a sysprep volume, where disk.ps1 looks for it. */
export const WINDOWS_SCRIPT_NAME = "eks-irsa-sidecar.ps1";

/** Where the script publishes the token. */
const PUBLISHED_TOKEN = `${WINDOWS_OWN_FOLDER}\\token`;

/** Where the share is mounted. Below `C:\\` every user could make the folder while nothing is mounted. */
const SHARE = `${WINDOWS_OWN_FOLDER}\\share`;

/**
 * The longest name of a variable of the whole machine, in characters, and the longest value of any: .NET
 * Framework's System.Environment (mscorlib/system/environment.cs) counts the NUL that ends them.
 */
const MAX_NAME_LENGTH = 1_024 - 1;
const MAX_VALUE_LENGTH = 32_767 - 1;

/** A guest whose user data cloudbase-init reads. */
export const windowsGuest: Guest = {
  defaultMountPath: () => SHARE,

  optionProblem({ mountPath, mountTag, tokenReaders }) {
    // Windows PowerShell hands a program such a text unescaped (about_Parsing, native commands).
    if (/"|\\$/.test(mountTag)) {
      return '--mount-tag has a " or ends with a \\, which cannot be handed to a program in a Windows guest';
    }
    if (!/^[A-Za-z]:\\[^\s\\/:*?"<>|%]+(\\[^\s\\/:*?"<>|%]+)*$/.test(mountPath)) {
      return `--mount-path names no path of a Windows guest, such as ${SHARE}`;
    }
    // The script's other folder has a space in its name, so that no path is below it.
    if (isWithin(mountPath, PUBLISHED_TOKEN) || isWithin(WINDOWS_OWN_FOLDER, mountPath)) {
      return "--mount-path names a folder that the script has for itself in the guest: name another one, " +
        `such as ${SHARE}`;
    }
    return tokenReaders === "everyone"
      ? undefined
      // As one of Everyone's (virtio-win/kvm-guest-drivers-windows viofs/svc/virtiofs.cpp, LocalUid).
      : "--token-readers can only be everyone for a Windows guest: virtiofs.exe shows the share's own token " +
        "to every user, whoever may read the copy";
  },

  tokenFile: PUBLISHED_TOKEN,

  variableProblem(name, value) {
    if (!/^AWS_[A-Z0-9_]+$/.test(name)) {
      return "its name has other characters than A to Z, 0 to 9 and _: Windows does not tell upper from lower case";
    }
    if (name.length > MAX_NAME_LENGTH) {
      return `its name is longer than ${MAX_NAME_LENGTH} characters`;
    }
    if (value.length > MAX_VALUE_LENGTH) {
      return `its value is longer than ${MAX_VALUE_LENGTH} characters`;
    }
    if (value === "") return "Windows cannot hold an empty value";
    return undefined;
  },

  parts(settings) {
    return {
      first: {
        type: "text/x-shellscript",
        filename: WINDOWS_SCRIPT_NAME,
        // The first and the last line are how the installed script finds today's on the disk.
        body: [
          "#eks-irsa-script",
          FILES.join("\n").trimEnd(),
          settingsLine(windowsSettings(settings)),
          "",
        ].join("\n"),
      },
    };
  },
};

/** Whether a path is a folder or below it, as Windows compares names. */
function isWithin(path: string, folder: string): boolean {
  return `${path}\\`.toLowerCase().startsWith(`${folder}\\`.toLowerCase());
}
