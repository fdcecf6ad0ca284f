import { dedicated, noCloudInit, s390x, spec, windows } from "./check_case.ts";
import { irsaWebhook, sysprepOnly } from "./check_edits.ts";
import { all, args, beside, cloudInit, containerPath, userData } from "./edit.ts";
import type { Says } from "./check_says.ts";

/** The cloud-init volume and the user data. */
export const USER_DATA_SAYS: readonly Says[] = [
  // The cloud-init volume and the user data.
  [
    "cloud-init-missing",
    all(sysprepOnly),
    /add it to the Secret unattend as the key eks-irsa-sidecar\.ps1, .*: \| "args": \["--hooks", "onDefineDomain"\]$/,
  ],
  ["cloud-init-missing", all(noCloudInit, args("--os", "x")), /Add a volume with cloudInitNoCloud/],
  [
    "cloud-init-missing",
    all(windows, noCloudInit),
    /Add a volume with cloudInitConfigDrive .* has to read in the guest/,
  ],
  [
    "cloud-init-repeated",
    spec((s) => s.volumes.push({ name: "two", cloudInitConfigDrive: { userData: "#!" } })),
    /has 2 cloud-init volumes/,
    /only the first, ci\./,
  ],
  [
    "secret-without-user-data",
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
  [
    "user-data-untouched",
    all(args("--delivery", "cloud-init"), userData("no format")),
    /and the linux guest \(/,
    /Remove --delivery and --hooks/,
  ],
  [
    "user-data-untouched",
    all(windows, args("--delivery", "cloud-init"), userData("no format")),
    /#ps1_sysnative/,
  ],
  ["user-data-untouched", all(s390x, userData("hostname:")), /has to be #cloud-config\. If/],
  ["user-data-untouched", all(windows, userData("no format")), /#ps1_sysnative .*set --os linux/],
  [
    "user-data-untouched",
    all(s390x, userData("no format")),
    /#cloud-config, #! .*set --os windows/,
  ],
  [
    "user-data-untouched",
    all(s390x, userData("\uFEFF\n# a\nb: c\n")),
    /has to be #cloud-config\. If/,
    /onDefineDomain"\]$/,
  ],
  ["user-data-untouched", all(s390x, userData("a.b-c:\n  d: 1\n")), /has to be #cloud-config\. If/],
  ["user-data-untouched", all(s390x, userData("a:b\n")), /^(?!.*If another program)/],
  ["user-data-untouched", all(s390x, userData("see a: b\n")), /^(?!.*If another program)/],
  ["static-credentials", userData("#!/bin/sh\nexport AWS_PROFILE=a\n"), /sets AWS_PROFILE\./],
  [
    "static-credentials",
    userData("#!/bin/sh\nexport aws_access_key_id=a\n"),
    /sets aws_access_key_id\./,
  ],
  [
    "cloud-init-disabled",
    userData("#cloud-config\nruncmd:\n  - touch /etc/cloud/cloud-init.disabled\n"),
    /systemd 256 or later, and not where/,
    /Remove this from the user data/,
  ],
  [
    "cloud-init-disabled",
    all(
      args("--delivery", "cloud-init"),
      userData("#cloud-config\nruncmd:\n  - touch /etc/cloud/cloud-init.disabled\n"),
    ),
    /no token from the second boot on/,
  ],
  [
    "mount-path-taken",
    userData('#cloud-config\nmounts:\n- [data, "/aws-iam-token", virtiofs]\n'),
    /names \/aws-iam-token, where the guest mounts/,
    /another --mount-path/,
  ],
  [
    "mount-path-taken",
    userData("#!/bin/sh\nmount tmpfs /run/aws-iam-token\n"),
    /names \/run\/aws-iam-token, where the sidecar publishes/,
    /Use another folder/,
  ],
  [
    "mount-tag-mounted",
    userData("#!/bin/sh\nmount -t virtiofs aws-iam-token /srv\n"),
    /share, aws-iam-token\./,
    /file that AWS_WEB_IDENTITY_TOKEN_FILE names/,
  ],

  ...[
    irsaWebhook("irsa-mutation-webhook", [{}]),
    irsaWebhook("any", [{ name: "any" }, { name: "irsa-mutation-webhook.kubevirt.io" }]),
    irsaWebhook("any", [{ clientConfig: { service: { name: "irsa-mutation-webhook" } } }]),
  ].map((edit) =>
    [
      "guaranteed-with-webhook",
      all(dedicated, containerPath(), edit),
      /webhook adds its container/,
    ] as const
  ),
];
