import { image, s390x, windows } from "./check_case.ts";
import { all, args, cloudInit, userData } from "./edit.ts";
import type { Silent } from "./check_silent.ts";

/** The cloud-init volume and the user data. */
export const USER_DATA_SILENT: readonly Silent[] = [
  // The cloud-init volume.
  [
    "secret-without-user-data",
    "a Secret that was not given",
    cloudInit({ secretRef: { name: "s" } }),
  ],

  // The user data.
  [
    "user-data-untouched",
    "user data without a format, and the sidecar does not change the cloud-init data",
    all(s390x, args("--hooks", "onDefineDomain"), userData("no format")),
  ],
  [
    "static-credentials",
    "a variable whose name only contains AWS_PROFILE",
    userData("#!/bin/sh\nexport MY_AWS_PROFILE_NAME=a\n"),
  ],
  [
    "cloud-init-disabled",
    "the command that switches cloud-init off, and the sidecar does not change the cloud-init data",
    all(
      args("--hooks", "onDefineDomain"),
      userData("#cloud-config\nruncmd:\n  - touch /etc/cloud/cloud-init.disabled\n"),
    ),
  ],
  [
    "cloud-init-disabled",
    "the command that switches cloud-init off, and a Windows guest",
    all(windows, userData("#cloud-config\nruncmd:\n  - touch /etc/cloud/cloud-init.disabled\n")),
  ],
  [
    "cloud-init-disabled",
    "the command that switches cloud-init off, and a guest with Kairos, which has another reader",
    all(
      image("quay.io/kairos/ubuntu:24.04"),
      userData("#cloud-config\nruncmd:\n  - touch /etc/cloud/cloud-init.disabled\n"),
    ),
  ],
  [
    "mount-path-taken",
    "the mount path in the user data, and the sidecar does not change the cloud-init data",
    all(args("--hooks", "onDefineDomain"), userData("#!/bin/sh\nls /aws-iam-token\n")),
  ],
  [
    "mount-tag-mounted",
    "a command that mounts the share, and a Windows guest",
    all(windows, userData("#ps1\nmount -t virtiofs aws-iam-token\n")),
  ],
  [
    "mount-tag-mounted",
    "the word virtiofs and the share's tag on two lines",
    userData("#!/bin/sh\necho virtiofs\nmount aws-iam-token /srv\n"),
  ],
  [
    "environment-replaced",
    "a command that replaces the file, and a Windows guest",
    all(windows, userData("#ps1\necho 1 >/etc/environment\n")),
  ],
];
