import assert from "node:assert/strict";
import { config, DISABLED, inShells, off, runcmd, script } from "./cloud_init_off_user_data.ts";

/** The file that the generator looks for. */
const CREATES_FILE: readonly (readonly [string, RegExp])[] = [
  [runcmd(`touch ${DISABLED}`), /creates \/etc\/cloud\/cloud-init\.disabled/],
  [runcmd(`[touch, ${DISABLED}]`), /creates/],
  [runcmd(`[sh, -c, "date; touch ${DISABLED}"]`), /creates/],
  [runcmd(`sudo -E touch ${DISABLED}`), /creates/],
  [runcmd(`cd /etc/cloud && touch cloud-init.disabled`), /creates/],
  [runcmd(`"[ -f ${DISABLED} ] || touch ${DISABLED}"`), /creates/],
  [runcmd(`": > ${DISABLED}"`), /creates/],
  [runcmd(`echo done >${DISABLED}`), /creates/],
  [runcmd(`echo | tee ${DISABLED}`), /creates/],
  [runcmd(`cp /dev/null ${DISABLED}`), /creates/],
  [runcmd(`echo "touch ${DISABLED}" | at now + 5 minutes`), /creates/],
  [runcmd(`curtin in-target -- touch ${DISABLED}`), /creates/],
  ...[
    `dd if=/dev/null of=${DISABLED}`,
    `mv /tmp/empty ${DISABLED}`,
    `install -m 644 /dev/null ${DISABLED}`,
    `truncate -s 0 ${DISABLED}`,
    `cp -f /dev/null ${DISABLED}`,
    `"> ${DISABLED}"`,
    `echo | LC_ALL=C tee ${DISABLED}`,
    `echo | sudo --preserve-env /usr/bin/tee ${DISABLED}`,
    `echo | timeout 30 tee ${DISABLED}`,
    `echo | timeout 5m tee ${DISABLED}`,
    `echo "touch ${DISABLED}" | sh`,
    `echo -e "touch ${DISABLED}" | sh`,
    `printf 'date\\ntouch ${DISABLED}\\n' | sh`,
    `"date | tail -n 1; sh <<< 'touch ${DISABLED}'"`,
    `echo yes | sh -c 'touch ${DISABLED}'`,
    `sh -c '>${DISABLED}'`,
    `trap 'touch ${DISABLED}' EXIT`,
    JSON.stringify(inShells(`touch ${DISABLED}`, 5)),
  ].map((command) => [runcmd(command), /creates/] as const),
  [config("autoinstall:", "  early-commands:", `    - touch /target${DISABLED}`), /creates/],
  [script("cat <<A | sh", `touch ${DISABLED}`, "A"), /creates/],
  [script(`echo "touch ${DISABLED}" |`, "  sh"), /creates/],
  [script("FILE=disabled", "touch /etc/cloud/cloud-init.${FILE}"), /creates/],
  [config("bootcmd:", `  - touch ${DISABLED}`), /creates/],
  [config("runcmd:", "  - |", "    date", `    touch ${DISABLED}`), /creates/],
  [config("autoinstall:", "  late-commands:", `    - touch /target${DISABLED}`), /creates/],
  [script(`touch ${DISABLED}`), /creates/],
  [script(`F=${DISABLED}`, 'touch "$F"'), /creates/],
  [script("if true; then", `  touch ${DISABLED} # once`, "fi"), /creates/],
  [script("cat > /etc/cloud/cloud-init.disabled <<EOF", "EOF"), /creates/],
  [script("cat > /opt/off.sh <<'EOF'", `touch ${DISABLED}`, "EOF", "sh /opt/off.sh"), /creates/],
  [`#cloud-boothook\n#!/bin/sh\ntouch ${DISABLED}\n`, /creates/],
];

/** Programs that are not for the shell. */
const PROGRAMS: readonly (readonly [string, RegExp])[] = [
  [`#!/usr/bin/python3\nopen('${DISABLED}','a')\n`, /creates/],
  [`#!/usr/bin/python3\nopen('${DISABLED}', 'x')\n`, /creates/],
  [`#!/usr/bin/env ruby\ntype = 1\nsystem 'touch ${DISABLED}'\n`, /creates/],
  [`#!/usr/bin/python3\nos.system("touch ${DISABLED}")  # once\n`, /creates/],
  [`#!/usr/bin/python3\nrun(['systemctl','disable','cloud-init'])\n`, /disables/],
  [`#!/usr/bin/env python3\nimport os\nos.system("touch ${DISABLED}")\n`, /creates/],
  [`#!/usr/bin/python3\nopen("${DISABLED}", "w").close()\n`, /creates/],
  [`#!/usr/bin/python3\nPath("${DISABLED}").touch()\n`, /creates/],
  ["#!/usr/bin/python3\nrun(['systemctl', 'disable', 'cloud-init'])\n", /disables/],
];

/** Its units. */
const DISABLES_UNITS: readonly (readonly [string, RegExp])[] = [
  ...[
    "systemctl disable cloud-init",
    "systemctl mask --now cloud-init.service cloud-config cloud-final",
    "systemctl disable --now cloud-init.target",
    "systemctl --root=/ mask cloud-init-local.service",
    "systemctl disable cloud-init-main",
    "systemctl disable 'cloud-init*'",
    "systemctl disable cloud-{config,final,init}",
    "for unit in cloud-init cloud-config; do systemctl disable $unit; done",
    "[systemctl, disable, cloud-init.service]",
    "ln -sf /dev/null /etc/systemd/system/cloud-init.service",
    "rc-update del cloud-init default",
    "update-rc.d cloud-init disable",
    "chkconfig cloud-init off",
    "service cloud-init disable",
    "insserv -r cloud-init",
    "sysrc cloudinit_enable=NO",
    "systemctl disable 'cloud-*'",
    "systemctl mask 'cloud-init-*'",
    "systemctl disable cloud-{init,config}",
    "date; systemctl disable cloud-init 2>/dev/null",
  ].map((command) => [runcmd(command), /disables or masks/] as const),
];

/** Its package. */
const REMOVES_PACKAGE: readonly (readonly [string, RegExp])[] = [
  ...[
    "apt-get remove -y cloud-init",
    "apt-get -y purge cloud-init cloud-initramfs-growroot",
    "DEBIAN_FRONTEND=noninteractive apt purge -y 'cloud-init*'",
    "apt-get install -y cloud-init-",
    "dpkg --purge cloud-init",
    "dnf -y remove cloud-init",
    "yum erase cloud-init -y",
    "[yum, -y, remove, cloud-init]",
    "rpm -e cloud-init",
    "dnf remove -y cloud-init-23.4",
    "xbps-remove -R cloud-init",
    "zypper --non-interactive rm cloud-init",
    "apk del cloud-init",
    "pacman -Rns --noconfirm cloud-init",
    "pacman -Rnsc cloud-init",
    "rpm-ostree override remove cloud-init",
    "bash -c 'sleep 60; apt-get -y purge cloud-init' &",
  ].map((command) => [runcmd(command), /removes the package/] as const),
  [config("packages: [vim, cloud-init-]"), /removes the package/],
];

/** Its files. */
const REMOVES_FILES: readonly (readonly [string, RegExp])[] = [
  ...[
    "rm -rf /etc/cloud",
    "rm -rf /etc/cloud/ /var/lib/cloud/",
    "mv /etc/cloud/cloud.cfg /etc/cloud/cloud.cfg.off",
    "rm /lib/systemd/system/cloud-init.service",
    "rm -f /usr/lib/systemd/system-generators/cloud-init-generator",
    "rm -rf /etc/systemd/system/cloud-init.target.wants",
    "chmod -x /usr/bin/cloud-init",
    "chmod 000 /usr/bin/cloud-init /opt/app1",
    "chmod 000 7z /usr/bin/cloud-init",
    "unlink /usr/bin/cloud-init",
    "dpkg-divert --rename /usr/bin/cloud-init",
    "shred -u /usr/bin/cloud-init",
    "mv -f /etc/cloud/cloud.cfg /etc/cloud/cloud.cfg.off",
  ].map((command) => [runcmd(command), /removes files/] as const),
];

/** The kernel's command line. */
const CHANGES_KERNEL_LINE: readonly (readonly [string, RegExp])[] = [
  ...[
    `"sed -i 's/GRUB_CMDLINE_LINUX=\\"/&cloud-init=disabled /' /etc/default/grub && update-grub"`,
    'grubby --update-kernel=ALL --args="cloud-init=disabled"',
    "rpm-ostree kargs --append=cloud-init=disabled",
    `echo 'GRUB_CMDLINE_LINUX="cloud-init=disabled"' >> /etc/default/grub`,
    "echo cloud-init=disabled | tee -a /etc/kernel/cmdline",
    `awk '{print $0 " cloud-init=disabled"}' /proc/cmdline > /etc/kernel/cmdline 2>/dev/null`,
    "sed -i 's/quiet/cloud-init=disabled/' /etc/default/grub",
  ].map((command) => [runcmd(command), /kernel's command line/] as const),
];

/** Where it looks for its data. */
const CHANGES_SOURCES: readonly (readonly [string, RegExp])[] = [
  [runcmd(`"echo 'datasource_list: [ None ]' > /etc/cloud/cloud.cfg.d/99.cfg"`), /datasource_list/],
  [
    script("cat <<EOF | sudo tee /etc/cloud/cloud.cfg.d/99.cfg", "datasource_list: [None]", "EOF"),
    /datasource_list/,
  ],
  [
    runcmd("echo cloud-init cloud-init/datasources multiselect None | debconf-set-selections"),
    /datasource_list/,
  ],
  [
    runcmd(`"echo -n 'datasource_list: [ None ]' > /etc/cloud/cloud.cfg.d/99.cfg"`),
    /datasource_list/,
  ],
  [
    runcmd(
      "printf 'cloud-init  cloud-init/datasources  multiselect  None \\n' | debconf-set-selections",
    ),
    /datasource_list/,
  ],
];

/** What switches cloud-init off, and how. */
const OFF = [
  ["a command that creates cloud-init.disabled", CREATES_FILE],
  ["a program in another language", PROGRAMS],
  ["a command that disables cloud-init's units", DISABLES_UNITS],
  ["what removes cloud-init's package", REMOVES_PACKAGE],
  ["a command that removes cloud-init's files", REMOVES_FILES],
  ["a command that changes the kernel's command line", CHANGES_KERNEL_LINE],
  ["a command that changes cloud-init's data sources", CHANGES_SOURCES],
] as const;

for (const [means, cases] of OFF) {
  for (const [userData, what] of cases) {
    Deno.test(`${means} switches cloud-init off: ${JSON.stringify(userData)}`, () => {
      assert.match(off(userData)?.what ?? "it stays on", what);
    });
  }
}

Deno.test("large user data takes little time", () => {
  const start = performance.now();
  for (const line of ["echo a b c\n", "'", '"', "<<A\n", "$(", "`", "{", "\\", "x=$x$x\n", "-"]) {
    off(script("echo cloud", line.repeat((1 << 16) / line.length)));
    off(
      config("runcmd:", "  - |", "    echo cloud", `    ${line}`.repeat((1 << 14) / line.length)),
    );
  }
  assert(performance.now() - start < 20_000);
});
