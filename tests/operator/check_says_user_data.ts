import { noCloudInit, s390x, spec, windows } from "./check_case.ts";
import { sysprepOnly } from "./check_edits.ts";
import { all, args, beside, cloudInit, userData } from "./edit.ts";
import type { Says } from "./check_says.ts";

/** The cloud-init volume and the user data. */
export const USER_DATA_SAYS: readonly Says[] = [
  // The cloud-init volume.
  [
    "cloud-init-missing",
    "a Windows guest with a sysprep volume",
    all(sysprepOnly),
    /add it to the Secret unattend as the key eks-irsa-sidecar\.ps1, .*: \| "args": \["--hooks", "onDefineDomain"\]$/,
  ],
  [
    "cloud-init-missing",
    "args that are not valid",
    all(noCloudInit, args("--os", "x")),
    /Add a volume with cloudInitNoCloud/,
  ],
  [
    "cloud-init-missing",
    "a Windows guest",
    all(windows, noCloudInit),
    /Add a volume with cloudInitConfigDrive .* has to read in the guest/,
  ],
  [
    "cloud-init-repeated",
    "a NoCloud volume and a config drive",
    spec((s) => s.volumes.push({ name: "two", cloudInitConfigDrive: { userData: "#!" } })),
    /has 2 cloud-init volumes/,
    /only the first, ci\./,
  ],
  [
    "secret-without-user-data",
    "a Secret with another key",
    all(
      cloudInit({ secretRef: { name: "s" } }),
      beside({
        kind: "Secret",
        metadata: { name: "s", namespace: "team" },
        stringData: { a: "b" },
      }),
    ),
    /Secret s has no readable key userdata or userData/,
    /Rename the key to userdata;/,
  ],

  // The user data.
  [
    "user-data-untouched",
    "user data without a format, and --delivery cloud-init",
    all(args("--delivery", "cloud-init"), userData("no format")),
    /and the linux guest \(the image is registry/,
    /Remove --delivery and --hooks/,
  ],
  [
    "user-data-untouched",
    "user data without a format for Windows, and --delivery cloud-init",
    all(windows, args("--delivery", "cloud-init"), userData("no format")),
    /#ps1_sysnative/,
  ],
  [
    "user-data-untouched",
    "a cloud-config without its first line",
    all(s390x, userData("hostname:")),
    /has to be #cloud-config\. If/,
  ],
  [
    "user-data-untouched",
    "user data without a format for Windows",
    all(windows, userData("no format")),
    /#ps1_sysnative .*set --os linux/,
  ],
  [
    "user-data-untouched",
    "user data without a format",
    all(s390x, userData("no format")),
    /#cloud-config, #! .*set --os windows/,
  ],
  [
    "user-data-untouched",
    "a cloud-config without its first line, after a byte order mark and a comment",
    all(s390x, userData("\uFEFF\n# a\nb: c\n")),
    /has to be #cloud-config\. If/,
    /onDefineDomain"\]$/,
  ],
  [
    "user-data-untouched",
    "a cloud-config without its first line, and with dots and dashes in its key",
    all(s390x, userData("a.b-c:\n  d: 1\n")),
    /has to be #cloud-config\. If/,
  ],
  [
    "user-data-untouched",
    "a colon that no space follows",
    all(s390x, userData("a:b\n")),
    /^(?!.*If another program)/,
  ],
  [
    "user-data-untouched",
    "a colon after a second word",
    all(s390x, userData("see a: b\n")),
    /^(?!.*If another program)/,
  ],
  [
    "static-credentials",
    "the variable AWS_PROFILE",
    userData("#!/bin/sh\nexport AWS_PROFILE=a\n"),
    /sets AWS_PROFILE\./,
  ],
  [
    "static-credentials",
    "the variable AWS_ACCESS_KEY_ID in small letters",
    userData("#!/bin/sh\nexport aws_access_key_id=a\n"),
    /sets aws_access_key_id\./,
  ],
  [
    "cloud-init-disabled",
    "a role that goes by cloud-init and by the domain",
    userData("#cloud-config\nruncmd:\n  - touch /etc/cloud/cloud-init.disabled\n"),
    /systemd 256 or later, and not where/,
    /Remove this from the user data/,
  ],
  [
    "cloud-init-disabled",
    "a role that goes by cloud-init alone",
    all(
      args("--delivery", "cloud-init"),
      userData("#cloud-config\nruncmd:\n  - touch /etc/cloud/cloud-init.disabled\n"),
    ),
    /no token from the second boot on/,
  ],
  [
    "mount-path-taken",
    "a mount at the share's mount path",
    userData('#cloud-config\nmounts:\n- [data, "/aws-iam-token", virtiofs]\n'),
    /names \/aws-iam-token, where the guest mounts/,
    /another --mount-path/,
  ],
  [
    "mount-path-taken",
    "a mount at the folder of the published token",
    userData("#!/bin/sh\nmount tmpfs /run/aws-iam-token\n"),
    /names \/run\/aws-iam-token, where the sidecar publishes/,
    /Use another folder/,
  ],
  [
    "mount-tag-mounted",
    "a script that mounts the share",
    userData("#!/bin/sh\nmount -t virtiofs aws-iam-token /srv\n"),
    /share, aws-iam-token\./,
    /file that AWS_WEB_IDENTITY_TOKEN_FILE names/,
  ],
];
