import assert from "node:assert/strict";
import { base64, config, DISABLED, file, off, packed, script } from "./cloud_init_off_user_data.ts";

/** The file that the generator looks for. */
const DISABLED_FILE: readonly (readonly [string, RegExp])[] = [
  [file(DISABLED, "content: ''"), /creates/],
  [file(DISABLED), /creates/],
  [`#cloud-config\n{"write_files": [{"path": "${DISABLED}"}]}\n`, /creates/],
];

/** Its units. */
const UNITS: readonly (readonly [string, RegExp])[] = [
  [file("/etc/systemd/system/cloud-init.service", "content: ''"), /disables or masks/],
  [
    file(
      "/etc/systemd/system/cloud-init.service.d/once.conf",
      "content: |",
      "  [Unit]",
      "  ConditionPathExists=!/var/lib/first",
    ),
    /disables or masks/,
  ],
  ...[
    ["/etc/systemd/system/cloud-init.service", "ExecStart=/bin/true"],
    ["/etc/systemd/system/cloud-init.service", "# ExecStart=/usr/bin/cloud-init init"],
    ["/etc/systemd/system/cloud-init.service.d/once.conf", "ExecStart=", "ExecStart=/bin/true"],
  ].map(([path = "", ...lines]) =>
    [
      file(path, "content: |", "  [Service]", ...lines.map((line) => `  ${line}`)),
      /disables or masks/,
    ] as const
  ),
];

/** The kernel's command line. */
const KERNEL_LINE: readonly (readonly [string, RegExp])[] = [
  [
    file(
      "/etc/default/grub.d/99.cfg",
      `content: 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX cloud-init=disabled"'`,
    ),
    /kernel's command line/,
  ],
];

/** Where it looks for its data. */
const SOURCES: readonly (readonly [string, RegExp])[] = [
  [
    file("/etc/cloud/cloud.cfg.d/90_dpkg.cfg", "content: |", "  datasource_list: [ None ]"),
    /datasource_list without NoCloud/,
  ],
  [
    file("/etc/cloud/cloud.cfg.d/9.cfg", "content: |", "  datasource_list:", "  - Ec2"),
    /datasource_list/,
  ],
  ...["policy: disabled", "  policy:  disabled", 'policy: "disabled"'].map((line) =>
    [file("/etc/cloud/ds-identify.cfg", `content: '${line}'`), /ds-identify/] as const
  ),
  [file("/etc/cloud/cloud.cfg", "content: 'datasource_list: [ None ]'"), /datasource_list/],
];

/** Scripts and units that write_files writes, in its encodings. */
const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ...[
    ["encoding: b64", `content: ${base64(script("systemctl disable cloud-init"))}`],
    ["encoding: base64", `content: ${base64(script("systemctl disable cloud-init"))}`],
    ["encoding: gz+b64", `content: ${packed(script("systemctl disable cloud-init"))}`],
    ["encoding: gzip+base64", `content: ${packed(script("systemctl disable cloud-init"))}`],
    [`content: !!binary ${base64(script("systemctl disable cloud-init"))}`],
    ["content: |", "  #!/bin/bash", "  set -e", "  systemctl disable cloud-init"],
  ].map((lines) => [file("/opt/setup", ...lines), /disables or masks/] as const),
  ...["/usr/local/bin/setup", "/etc/rc.local", "/opt/setup.sh"].map((path) =>
    [file(path, "content: systemctl disable cloud-init"), /disables or masks/] as const
  ),
  [
    file("/root/setup", "content: systemctl disable cloud-init") + "runcmd: [[sh, /root/setup]]\n",
    /disables or masks/,
  ],
  [
    file(
      "/etc/systemd/system/once.service",
      "content: |",
      "  [Service]",
      `  ExecStart=/usr/bin/touch ${DISABLED}`,
    ),
    /creates/,
  ],
  [
    file(
      "/etc/systemd/system/once.service",
      "content: |",
      "  [Service]",
      "  ExecStartPre=/bin/echo once",
      "  ExecStart=-/usr/bin/systemctl disable cloud-init",
    ),
    /disables or masks/,
  ],
  [file("/etc/cron.d/once", `content: "@reboot root touch ${DISABLED}"`), /creates/],
];

/** What switches cloud-init off, and how. */
const OFF = [
  ["the written file cloud-init.disabled", DISABLED_FILE],
  ["a written file for cloud-init's unit", UNITS],
  ["a written file with the kernel's command line", KERNEL_LINE],
  ["a written file with cloud-init's data sources", SOURCES],
  ["a written script or unit with a command", SCRIPTS],
] as const;

for (const [means, cases] of OFF) {
  for (const [userData, what] of cases) {
    Deno.test(`${means} switches cloud-init off: ${JSON.stringify(userData)}`, () => {
      assert.match(off(userData)?.what ?? "it stays on", what);
    });
  }
}

/** Similar entries, and files that are not read in that way. */
const ON: readonly string[] = [
  config("notes:", `  - path: ${DISABLED}`),
  config("runcmd: none", "write_files: none", "packages: none"),
  config("write_files:", `  - content: touch ${DISABLED}`),
  file("/root/notes", "content: 'policy: disabled'"),
  file("/root/notes", "content: cloud-init=disabled"),
  file("/root/notes", "content: 'datasource_list: [None]'"),
  file("/etc/cloud/ds-identify.cfg", "content: '# policy: disabled'"),
  file("/etc/cloud/ds-identify.cfg", "content: 'policy: search'"),
  file("/etc/default/grub", "content: GRUB_TIMEOUT=1"),
  file("/etc/default/grub", "content: '# quiet cloud-init=disabled'"),
  file("/etc/cloud/cloud.cfg.bak", "content: 'datasource_list: [None]'"),
  file("/etc/cloud/cloud.cfg.d/README", "content: 'datasource_list: [None]'"),
  file("/etc/cloud/cloud.cfg.d/9.cfg", "content: 'datasource_list: [ConfigDrive]'"),
  file("/etc/rc.local.example", "content: systemctl disable cloud-init"),
  file("/opt/setup.sh.txt", "content: systemctl disable cloud-init"),
  file("/etc/systemd/system/cloud-init.service.bak", "content: ''"),
  file("/etc/systemd/system/cloud-init.service", "content: ExecStart=/usr/bin/cloud-init init"),
  file(
    "/etc/systemd/system/cloud-init.service.d/debug.conf",
    "content: |",
    "  [Service]",
    "  # ConditionPathExists=/etc",
    "  ExecStart=",
    "  ExecStart=/usr/bin/cloud-init --debug init",
  ),
  file("/etc/systemd/system/once.service", `content: '#ExecStart=/usr/bin/touch ${DISABLED}'`),
  file("/etc/motd", `content: "Do not run: touch ${DISABLED}"`),
  file("/usr/share/doc/readme.txt", "content: |", "  systemctl disable cloud-init"),
  file("/etc/cloud/cloud.cfg.d/9.cfg", "content: 'datasource_list: [NoCloud, None]'"),
  file("/etc/cloud/cloud.cfg.d/9.cfg", "content: '# datasource_list: [None]'"),
  file("/etc/cloud/cloud.cfg.d/9.cfg", "content: 'network: {config: disabled}'"),
  file("/run/lib/cloud-init.disabled"),
  file(
    "/etc/systemd/system/cloud-init.service.d/late.conf",
    "content: |",
    "  [Unit]",
    "  After=network-online.target",
  ),
];

for (const userData of ON) {
  Deno.test(`a similar file leaves cloud-init on: ${JSON.stringify(userData)}`, () => {
    assert.equal(off(userData), undefined);
  });
}
