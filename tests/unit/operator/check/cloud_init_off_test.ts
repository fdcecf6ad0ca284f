import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { cloudInitOff } from "../../../../src/operator/check/user_data/cloud_init_off.ts";

const DISABLED = "/etc/cloud/cloud-init.disabled";
const base64 = (text: string) => Buffer.from(text).toString("base64");
const packed = (text: string) => gzipSync(text).toString("base64");
const config = (...lines: readonly string[]) => ["#cloud-config", ...lines, ""].join("\n");
const script = (...lines: readonly string[]) => ["#!/bin/sh", ...lines, ""].join("\n");
const runcmd = (entry: string) => config("runcmd:", `  - ${entry}`);
const file = (path: string, ...lines: readonly string[]) =>
  config("write_files:", `  - path: ${path}`, ...lines.map((line) => `    ${line}`));
/** A script in the arguments of `sh -c`, some times. */
const inShells = (command: string, times: number): string =>
  times === 0 ? command : inShells(`sh -c '${command.replaceAll("'", "'\\''")}'`, times - 1);
/** A message in messages. */
const inMessages = (part: string, times: number): string =>
  times === 0 ? part : inMessages(
    `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b${times}\n\n--b${times}\n${part}\n--b${times}--\n`,
    times - 1,
  );
const message = (...parts: readonly string[]) =>
  'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n' +
  parts.map((part) => `--b\n${part}\n`).join("") + "--b--\n";

/** User data that keeps cloud-init from running at the next boots, and what it does. */
const OFF: readonly (readonly [string, RegExp])[] = [
  // The file that the generator looks for.
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
  [
    `#cloud-config-jsonp\n[{"op": "add", "path": "/autoinstall/late-commands", "value": ["touch ${DISABLED}"]}]\n`,
    /creates/,
  ],
  [script("cat <<A | sh", `touch ${DISABLED}`, "A"), /creates/],
  [script(`echo "touch ${DISABLED}" |`, "  sh"), /creates/],
  [script("FILE=disabled", "touch /etc/cloud/cloud-init.${FILE}"), /creates/],
  [`#!/usr/bin/python3\nopen('${DISABLED}','a')\n`, /creates/],
  [`#!/usr/bin/python3\nopen('${DISABLED}', 'x')\n`, /creates/],
  [`#!/usr/bin/env ruby\ntype = 1\nsystem 'touch ${DISABLED}'\n`, /creates/],
  [
    `## template: jinja\n#cloud-config\nruncmd:\n- {{ first }} && touch ${DISABLED}\n`,
    /creates/,
  ],
  [`#!/usr/bin/python3\nos.system("touch ${DISABLED}")  # once\n`, /creates/],
  [`#!/usr/bin/python3\nrun(['systemctl','disable','cloud-init'])\n`, /disables/],
  [config("bootcmd:", `  - touch ${DISABLED}`), /creates/],
  [config("runcmd:", "  - |", "    date", `    touch ${DISABLED}`), /creates/],
  [config("autoinstall:", "  late-commands:", `    - touch /target${DISABLED}`), /creates/],
  [file(DISABLED, "content: ''"), /creates/],
  [file(DISABLED), /creates/],
  [`#cloud-config\n{"write_files": [{"path": "${DISABLED}"}]}\n`, /creates/],
  [
    `#cloud-config-jsonp\n[{"op": "add", "path": "/runcmd", "value": ["touch ${DISABLED}"]}]\n`,
    /creates/,
  ],
  [script(`touch ${DISABLED}`), /creates/],
  [script(`F=${DISABLED}`, 'touch "$F"'), /creates/],
  [script("if true; then", `  touch ${DISABLED} # once`, "fi"), /creates/],
  [script("cat > /etc/cloud/cloud-init.disabled <<EOF", "EOF"), /creates/],
  [script("cat > /opt/off.sh <<'EOF'", `touch ${DISABLED}`, "EOF", "sh /opt/off.sh"), /creates/],
  [`#cloud-boothook\n#!/bin/sh\ntouch ${DISABLED}\n`, /creates/],
  [`#!/usr/bin/env python3\nimport os\nos.system("touch ${DISABLED}")\n`, /creates/],
  [`#!/usr/bin/python3\nopen("${DISABLED}", "w").close()\n`, /creates/],
  [`#!/usr/bin/python3\nPath("${DISABLED}").touch()\n`, /creates/],
  ["#!/usr/bin/python3\nrun(['systemctl', 'disable', 'cloud-init'])\n", /disables/],

  // Its units.
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

  // Its package.
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
    "rpm-ostree override remove cloud-init",
    "bash -c 'sleep 60; apt-get -y purge cloud-init' &",
  ].map((command) => [runcmd(command), /removes the package/] as const),
  [config("packages: [vim, cloud-init-]"), /removes the package/],

  // Its files.
  ...[
    "rm -rf /etc/cloud",
    "rm -rf /etc/cloud/ /var/lib/cloud/",
    "mv /etc/cloud/cloud.cfg /etc/cloud/cloud.cfg.off",
    "rm /lib/systemd/system/cloud-init.service",
    "rm -f /usr/lib/systemd/system-generators/cloud-init-generator",
    "rm -rf /etc/systemd/system/cloud-init.target.wants",
    "chmod -x /usr/bin/cloud-init",
    "chmod 000 /usr/bin/cloud-init /opt/app1",
    "unlink /usr/bin/cloud-init",
    "dpkg-divert --rename /usr/bin/cloud-init",
    "shred -u /usr/bin/cloud-init",
    "mv -f /etc/cloud/cloud.cfg /etc/cloud/cloud.cfg.off",
  ].map((command) => [runcmd(command), /removes files/] as const),

  // The kernel's command line.
  ...[
    `"sed -i 's/GRUB_CMDLINE_LINUX=\\"/&cloud-init=disabled /' /etc/default/grub && update-grub"`,
    'grubby --update-kernel=ALL --args="cloud-init=disabled"',
    "rpm-ostree kargs --append=cloud-init=disabled",
    `echo 'GRUB_CMDLINE_LINUX="cloud-init=disabled"' >> /etc/default/grub`,
    "echo cloud-init=disabled | tee -a /etc/kernel/cmdline",
    `awk '{print $0 " cloud-init=disabled"}' /proc/cmdline > /etc/kernel/cmdline 2>/dev/null`,
    "sed -i 's/quiet/cloud-init=disabled/' /etc/default/grub",
  ].map((command) => [runcmd(command), /kernel's command line/] as const),
  [
    file(
      "/etc/default/grub.d/99.cfg",
      `content: 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX cloud-init=disabled"'`,
    ),
    /kernel's command line/,
  ],

  // Where it looks for its data.
  [
    file("/etc/cloud/cloud.cfg.d/90_dpkg.cfg", "content: |", "  datasource_list: [ None ]"),
    /datasource_list without NoCloud/,
  ],
  [
    file("/etc/cloud/cloud.cfg.d/9.cfg", "content: |", "  datasource_list:", "  - Ec2"),
    /datasource_list/,
  ],
  [runcmd(`"echo 'datasource_list: [ None ]' > /etc/cloud/cloud.cfg.d/99.cfg"`), /datasource_list/],
  [
    script("cat <<EOF | sudo tee /etc/cloud/cloud.cfg.d/99.cfg", "datasource_list: [None]", "EOF"),
    /datasource_list/,
  ],
  [
    runcmd("echo cloud-init cloud-init/datasources multiselect None | debconf-set-selections"),
    /datasource_list/,
  ],
  ...["policy: disabled", "  policy:  disabled", 'policy: "disabled"'].map((line) =>
    [file("/etc/cloud/ds-identify.cfg", `content: '${line}'`), /ds-identify/] as const
  ),
  [file("/etc/cloud/cloud.cfg", "content: 'datasource_list: [ None ]'"), /datasource_list/],
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

  // Scripts and units that write_files writes, in its encodings.
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

  // Messages, archives, templates.
  [message(`Content-Type: text/x-shellscript\n\n${script(`touch ${DISABLED}`)}`), /creates/],
  [
    message(
      "Content-Type: text/cloud-config\n\n#cloud-config\n",
      `Content-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\n${
        base64(script("apt purge cloud-init"))
      }`,
    ),
    /removes the package/,
  ],
  [
    message(
      `Content-Type: text/cloud-config\nContent-Transfer-Encoding: quoted-printable\n\n${
        runcmd("touch /etc/cloud/cloud-init=\n.disabled")
      }`,
    ),
    /creates/,
  ],
  [
    message(
      `Content-Type: multipart/mixed; boundary=c\n\n--c\n\n${script(`touch ${DISABLED}`)}\n--c--`,
    ),
    /creates/,
  ],
  [
    message(
      `Content-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n${
        packed(script(`touch ${DISABLED}`))
      }`,
    ),
    /creates/,
  ],
  [
    `#cloud-config-archive\n- type: text/x-shellscript\n  content: |\n    #!/bin/sh\n    touch ${DISABLED}\n`,
    /creates/,
  ],
  [`#cloud-config-archive\n- "#!/bin/sh\\ntouch ${DISABLED}\\n"\n`, /creates/],
  [
    `## template: jinja\n#cloud-config\n{# touch #}\nhostname: {{ v1.name }}\nruncmd:\n{% if true %}\n- touch ${DISABLED}\n{% endif %}\n`,
    /creates/,
  ],
];

/** A document in a message, which says by its type what it is. */
const TYPED: readonly (readonly [string, string])[] = [
  ["text/cloud-config", `runcmd: [touch ${DISABLED}]`],
  ["text/cloud-config-jsonp", `[{"op": "add", "path": "/runcmd", "value": ["touch ${DISABLED}"]}]`],
  ["text/cloud-config-archive", `[{type: text/cloud-boothook, content: touch ${DISABLED}}]`],
  ["text/cloud-boothook", `touch ${DISABLED}`],
  ["text/x-shellscript", `touch ${DISABLED}`],
  ["text/x-shellscript-per-boot", `touch ${DISABLED}`],
  ["text/x-shellscript-per-instance", `touch ${DISABLED}`],
  ["text/x-shellscript-per-once", `touch ${DISABLED}`],
];

/** Other messages and templates. */
const IN_MESSAGES: readonly string[] = [
  ...TYPED.map(([type, text]) => message(`Content-Type: ${type}\n\n${text}`)),
  message(
    `Content-Transfer-Encoding: quoted-printable\n\n#!/bin/sh\ntouch=20/etc/cloud/cloud-init=2Edisabled`,
  ),
  message(`\n${script("A=", `touch ${DISABLED}`)}`),
  `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n${
    script(`touch ${DISABLED}`)
  }`,
  inMessages(`\n${script(`touch ${DISABLED}`)}`, 7),
];

/** Similar user data, which leaves cloud-init on. */
const ON: readonly string[] = [
  "",
  "#cloud-config\n",
  config("# touch /etc/cloud/cloud-init.disabled", "packages: [cloud-init, cloud-init-extras]"),
  config("runcmd:", "  - date # touch /etc/cloud/cloud-init.disabled"),
  script("# systemctl disable cloud-init", "date # apt purge cloud-init"),
  runcmd(`echo "To stop it, run: touch ${DISABLED}"`),
  runcmd("echo systemctl disable cloud-init"),
  runcmd(`printf '%s\\n' "apt-get purge cloud-init" >> /etc/motd`),
  runcmd("logger 'cloud-init=disabled is not set'"),
  runcmd(`rm -f ${DISABLED}`),
  runcmd(`test -e ${DISABLED} && date`),
  runcmd(`mv ${DISABLED} /tmp/`),
  runcmd("systemctl enable cloud-init"),
  runcmd("systemctl disable ufw; systemctl restart cloud-init"),
  runcmd("systemctl disable cloud-init-hotplugd.socket"),
  runcmd("systemctl disable cloud-final"),
  runcmd("systemctl disable 'cloud-final*'"),
  runcmd("systemctl status cloud-init"),
  runcmd("cloud-init status --wait"),
  runcmd("cloud-init clean --logs"),
  runcmd("apt-get install -y cloud-init"),
  runcmd("apt-get purge -y cloud-initramfs-growroot"),
  runcmd("apt-get remove -y snapd && apt-get install -y cloud-init"),
  runcmd("dnf -y upgrade cloud-init"),
  runcmd("rm -f /etc/cloud/cloud.cfg.d/99-old.cfg"),
  runcmd("rm -rf /var/lib/cloud/instances"),
  runcmd("mv /tmp/cloud.cfg /etc/cloud/cloud.cfg"),
  runcmd("chmod +x /usr/bin/cloud-init"),
  runcmd("chmod 644 /etc/cloud/cloud.cfg"),
  runcmd("grep -q cloud-init=disabled /proc/cmdline"),
  runcmd("sed -i 's/cloud-init=disabled//' /etc/default/grub"),
  runcmd("grubby --update-kernel=ALL --remove-args=cloud-init=disabled"),
  runcmd("touch /run/cloud-init/marker"),
  runcmd(`touch ${DISABLED}.example`),
  runcmd(`mv -f ${DISABLED} /tmp/`),
  runcmd(`[sh, -c, "echo 'a; touch ${DISABLED}'"]`),
  runcmd(`[timeout, 5, echo, touch, ${DISABLED}]`),
  runcmd(`echo note: touch ${DISABLED}`),
  config("runcmd:", `  - echo: "x; touch ${DISABLED}; y"`),
  runcmd(`echo "touch ${DISABLED}" | dos2unix sh`),
  runcmd(`echo "touch ${DISABLED}" || sh`),
  runcmd(`grep "touch ${DISABLED}" /root/x | sh`),
  runcmd(`echo "touch ${DISABLED}"; date | sh`),
  runcmd(JSON.stringify(inShells(`touch ${DISABLED}`, 6))),
  script(`HINT="date; touch ${DISABLED}"`),
  runcmd("systemctl disable my-cloud-init"),
  runcmd("systemctl disable 'my-cloud-*'"),
  runcmd("systemctl disable my-cloud-{init,config}"),
  runcmd("service cloud-init restart"),
  runcmd("sysrc cloudinit_enable=YES"),
  runcmd("ln -s /opt/cloud-init.service /etc/systemd/system/cloud-init.service"),
  runcmd("ln -sf /dev/null /etc/cloud/null"),
  runcmd("apt-get purge -y my-cloud-init cloud-init-extras"),
  runcmd("env -C /tmp pkg install -y cloud-init"),
  runcmd("apt-get install -y my-cloud-init-"),
  runcmd("dpkg -s cloud-init"),
  runcmd("chmod a+x /usr/bin/cloud-init"),
  runcmd("chmod 0755 /usr/bin/cloud-init"),
  runcmd("curl -d cloud-init=disabled https://example.net > /tmp/answer"),
  runcmd("rpm-ostree kargs --delete=cloud-init=disabled"),
  runcmd("sed -i 's/ cloud-init=disabled/ quiet/' /etc/default/grub"),
  runcmd("echo x cloud-init/datasources multiselect None, NoCloud | debconf-set-selections"),
  runcmd("echo x cloud-init/datasources multiselect None | sort > /tmp/x"),
  config("notes:", `  - touch ${DISABLED}`),
  config("notes:", `  - path: ${DISABLED}`),
  config("notes:", "  - cloud-init-"),
  config("runcmd: none", "write_files: none", "packages: none"),
  config("write_files:", `  - content: touch ${DISABLED}`),
  config("packages: [vim, cloud-init]"),
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
  file(
    "/etc/systemd/system/cloud-init.service.d/late.conf",
    "content: |",
    "  [Unit]",
    "  After=network-online.target",
  ),
  script("cat > /etc/motd <<EOF", `touch ${DISABLED}`, "EOF"),
  script("help() {", `  echo "usage: touch ${DISABLED}"`, "}"),
  `#!/usr/bin/python3\nprint("touch ${DISABLED}")\n`,
  `#!/usr/bin/python3\nif True:\n    print("touch ${DISABLED}")\n`,
  `#!/usr/bin/python3\nlogging.info("touch ${DISABLED}")\nlog("touch ${DISABLED}")\n`,
  `#!/usr/bin/python3\n# open("${DISABLED}", "w")\n`,
  message(`Content-Type: text/x-not-run\n\ntouch ${DISABLED}`),
  message() + `\n${script(`touch ${DISABLED}`)}`,
  message("Content-Type: text/cloud-config\nContent-Transfer-Encoding: base64\n\nH4sIAAAAAAAAAw=="),
  inMessages(`\n${script(`touch ${DISABLED}`)}`, 8),
  `\uFEFF${runcmd(`touch ${DISABLED}`)}`,
  "#cloud-config-archive\n",
  "#cloud-config-archive\n- 1\n- {}\n",
  `#include\nhttps://config.example.net/touch/${DISABLED}\n`,
  "#cloud-config\n\t: : not YAML [\n",
  `#cloud-config\n${"[".repeat(50_000)}`,
];

const off = (userData: string) => cloudInitOff(new TextEncoder().encode(userData));

for (const [userData, what] of OFF) {
  Deno.test(`cloud-init is switched off: ${JSON.stringify(userData)}`, () => {
    assert.match(off(userData)?.what ?? "it stays on", what);
  });
}

for (const userData of IN_MESSAGES) {
  Deno.test(`cloud-init is switched off in a message: ${JSON.stringify(userData)}`, () => {
    assert.match(off(userData)?.what ?? "it stays on", /creates/);
  });
}

for (const userData of ON) {
  Deno.test(`cloud-init stays on: ${JSON.stringify(userData)}`, () => {
    assert.equal(off(userData), undefined);
  });
}

for (
  const userData of [
    runcmd(`touch ${DISABLED}`),
    script(`touch ${DISABLED}`),
    config(`packages: [cloud-init-]`),
    message(`\n${script(`touch ${DISABLED}`)}`),
    `MIME-Version: 1.0\nContent-Type: text/x-shellscript\n\n${script(`touch ${DISABLED}`)}`,
    `#cloud-config-archive\n- "#!/bin/sh\\ntouch ${DISABLED}\\n"\n`,
  ]
) {
  Deno.test(`gzip is unpacked, and what is in it has no place: ${JSON.stringify(userData)}`, () => {
    const found = cloudInitOff(gzipSync(userData));
    assert.match(found?.what ?? "it stays on", /creates|removes/);
    assert.equal(found?.offset, undefined);
  });
}

Deno.test("what is in base64 has no place", () => {
  const part = base64(script(`touch ${DISABLED}`));
  const found = off(message(`Content-Transfer-Encoding: base64\n\n${part}`));
  assert.match(found?.what ?? "it stays on", /creates/);
  assert.equal(found?.offset, undefined);
});

Deno.test("damaged gzip is nothing that cloud-init acts on", () => {
  assert.equal(cloudInitOff(Buffer.from("H4sIAAAAAAAAAw==", "base64")), undefined);
});

/** User data, and the words at which what switches cloud-init off starts. */
const PLACES: readonly (readonly [string, string])[] = [
  [
    config("hostname: a", "runcmd:", "  - date", `  - touch ${DISABLED}`),
    "touch",
  ],
  [config("packages:", "  - vim", "  - cloud-init-"), "cloud-init-"],
  [config("write_files:", `  - content: ''`, `    path: ${DISABLED}`), "content"],
  [config("runcmd:", `  - [touch, ${DISABLED}]`), "[touch"],
  [script("date", "", `touch ${DISABLED}`), "touch"],
  [script("date", "#!python", `touch ${DISABLED}`), "touch"],
  [`#!/usr/bin/python3\nos.system("touch ${DISABLED}")\n`, "#!"],
  [`## template: jinja\n${runcmd(`touch ${DISABLED}`)}`, "touch"],
  [
    `## template: jinja\n#cloud-config\n{# a\nb #}\nhostname: {{ v1.name }}\nruncmd: [touch ${DISABLED}]\n`,
    "touch",
  ],
  [message(`Content-Type: text/x-shellscript\n\n${script(`touch ${DISABLED}`)}`), "touch"],
  [
    `MIME-Version: 1.0\nContent-Type: text/x-shellscript\n\n${script(`touch ${DISABLED}`)}`,
    "touch",
  ],
  [`#cloud-config-archive\n- "#!/bin/sh\\ntouch ${DISABLED}\\n"\n`, '"#!'],
];

for (const [userData, start] of PLACES) {
  Deno.test(`the place is that of the command: ${JSON.stringify(userData)}`, () => {
    assert.equal(off(userData)?.offset, userData.indexOf(start));
  });
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
