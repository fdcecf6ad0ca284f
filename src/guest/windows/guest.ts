import type { Guest } from "../guest.ts";
import { settingsLine } from "../settings.ts";
import main from "./irsa.ps1" with { type: "text" };
import { windowsSettings } from "./settings.ts";
import publisher from "./token.ps1" with { type: "text" };

/**
 * Where the script publishes the token. The sidecar cannot know the guest's `%ProgramData%`; this is its path
 * on practically every Windows, and the script makes the folder where it is not.
 */
const PUBLISHED_TOKEN = "C:\\ProgramData\\eks-irsa-sidecar\\token";

/**
 * The longest name of a variable of the whole machine, in characters, and the longest value of any: .NET
 * Framework's System.Environment (mscorlib/system/environment.cs) counts the NUL that ends them.
 */
const MAX_NAME_LENGTH = 1_024 - 1;
const MAX_VALUE_LENGTH = 32_767 - 1;

/** A guest whose user data cloudbase-init reads. */
export const windowsGuest: Guest = {
  defaultMountPath: () => "C:\\aws-iam-token",

  optionProblem({ mountPath, tokenReaders }) {
    if (!/^[A-Za-z]:\\[^\s\\/:*?"<>|%]+(\\[^\s\\/:*?"<>|%]+)*$/.test(mountPath)) {
      return "--mount-path names no path of a Windows guest, such as C:\\aws-iam-token";
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
      return "its name has other characters than A to Z, 0 to 9 and _, which Windows may take for another's";
    }
    if (name.length > MAX_NAME_LENGTH) {
      return `its name is longer than ${MAX_NAME_LENGTH} characters`;
    }
    if (value.length > MAX_VALUE_LENGTH) {
      return `its value is longer than ${MAX_VALUE_LENGTH} characters`;
    }
    if (value === "") return "Windows takes an empty value for none";
    return undefined;
  },

  parts(settings) {
    return {
      first: {
        type: "text/x-shellscript",
        filename: "eks-irsa-sidecar.ps1",
        // The first and the last line are how the installed script finds today's on the disk.
        body: [
          "#eks-irsa-script",
          publisher,
          main.trimEnd(),
          settingsLine(windowsSettings(settings)),
          "",
        ].join("\n"),
      },
    };
  },
};
