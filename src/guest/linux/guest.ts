import type { Guest } from "../guest.ts";
import { settingsLine } from "../settings.ts";
import boothook from "./boothook.sh" with { type: "text" };
import environmentHandler from "./environment_handler.py" with { type: "text" };
import refresher from "./refresh.sh" with { type: "text" };
import role from "./role.sh" with { type: "text" };
import { linuxSettings } from "./settings.ts";

/** Where the refresher publishes the token. `/run` is writable on every Linux, image-based or not. */
const PUBLISHED_FOLDER = "/run/aws-iam-token";

/** The scripts' own folder, which only root may enter (boothook.sh makes it). */
const STATE_FOLDER = "/run/eks-irsa-sidecar";

/**
 * In a folder that only root may enter. In the share itself the token's mode is 0640, and its group 107
 * (kubevirt/kubevirt pkg/virt-controller/services/template.go, FSGroup): some group of the guest may have that
 * number, and its members would be readers too.
 */
const PRIVATE_MOUNT_PATH = `${STATE_FOLDER}/mount`;

/** Folders that have files of the system: https://refspecs.linuxfoundation.org/FHS_3.0/fhs/index.html */
const SYSTEM_FOLDERS =
  "/bin /boot /dev /etc /home /lib /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /var"
    .split(" ");

/**
 * pam_env reads a line of `/etc/environment` into 1024 bytes up to release 1.3.1, which long-lived guests
 * still have (linux-pam/linux-pam modules/pam_env/pam_env.c, BUF_SIZE).
 */
const MAX_LINE_BYTES = 1023;

/** A guest whose user data cloud-init reads. */
export const linuxGuest: Guest = {
  defaultMountPath: (tokenReaders) =>
    tokenReaders === "everyone" ? "/aws-iam-token" : PRIVATE_MOUNT_PATH,

  optionProblem({ mountPath }) {
    const names = mountPath.split("/").filter((name) => name !== "" && name !== ".");
    if (!mountPath.startsWith("/") || names.length === 0 || names.includes("..")) {
      return "--mount-path names no absolute path of a Linux guest, such as /aws-iam-token";
    }
    const folder = `/${names.join("/")}`.replace(/^\/var\/run(?=\/|$)/, "/run");
    if (SYSTEM_FOLDERS.includes(folder)) {
      return "--mount-path names a folder of the system, which the share would hide: name one that the " +
        "guest does not have, such as /aws-iam-token";
    }
    return folder !== PRIVATE_MOUNT_PATH &&
        [PUBLISHED_FOLDER, STATE_FOLDER].some((own) =>
          folder === own || folder.startsWith(`${own}/`)
        )
      ? "--mount-path names a folder that the sidecar's script has for itself in the guest: name another " +
        "one, such as /aws-iam-token"
      : undefined;
  },

  tokenFile: `${PUBLISHED_FOLDER}/token`,

  variableProblem(name, value) {
    if (!/^AWS_[A-Za-z0-9_]+$/.test(name)) return "its name is not one that a shell can hold";
    // systemd/systemd src/basic/utf8.c, unichar_is_valid.
    if (/\p{Noncharacter_Code_Point}/u.test(value)) {
      return "its value has a noncharacter of Unicode, for which systemd would refuse all variables";
    }
    if (value.includes("#")) return "/etc/environment would cut its value at the #";
    if (value.includes("'") && /["$`\\]/.test(value)) {
      return "its value has both a ' and one of \" $ ` \\, which no quotes of /etc/environment can hold";
    }
    if (new TextEncoder().encode(`${name}='${value}'\n`).length > MAX_LINE_BYTES) {
      return `its line in /etc/environment would be longer than ${MAX_LINE_BYTES} bytes`;
    }
    return undefined;
  },

  parts(settings) {
    return {
      first: {
        type: "text/cloud-boothook",
        filename: "eks-irsa-sidecar.sh",
        // The boothook's shell exits before the settings. The comments are how boothook.sh finds the rest.
        body: [
          "#cloud-boothook",
          boothook.trimEnd(),
          "",
          settingsLine(linuxSettings(settings)),
          "#eks-irsa-role",
          role.trimEnd(),
          "#eks-irsa-refresher",
          refresher.trimEnd(),
          "#eks-irsa-end",
          "",
        ].join("\n"),
      },
      // The last, so that part handlers of the VM's owner keep the numbers that cloud-init gives them.
      last: {
        type: "text/part-handler",
        filename: "eks-irsa-sidecar.py",
        body: environmentHandler,
      },
    };
  },
};
