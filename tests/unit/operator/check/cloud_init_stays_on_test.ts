import assert from "node:assert/strict";
import { config, DISABLED, inShells, off, runcmd, script } from "./cloud_init_off_user_data.ts";

/** Comments, and text that is printed, searched or kept. */
const NOT_RUN: readonly string[] = [
  config("# touch /etc/cloud/cloud-init.disabled", "packages: [cloud-init, cloud-init-extras]"),
  config("runcmd:", "  - date # touch /etc/cloud/cloud-init.disabled"),
  script("# systemctl disable cloud-init", "date # apt purge cloud-init"),
  runcmd(`echo "To stop it, run: touch ${DISABLED}"`),
  runcmd("echo systemctl disable cloud-init"),
  runcmd(`printf '%s\\n' "apt-get purge cloud-init" >> /etc/motd`),
  runcmd("logger 'cloud-init=disabled is not set'"),
  runcmd(`[sh, -c, "echo 'a; touch ${DISABLED}'"]`),
  runcmd(`[timeout, 5, echo, touch, ${DISABLED}]`),
  runcmd(`echo note: touch ${DISABLED}`),
  config("runcmd:", `  - echo: "x; touch ${DISABLED}; y"`),
  runcmd(`echo "touch ${DISABLED}" | dos2unix sh`),
  runcmd(`echo "touch ${DISABLED}" || sh`),
  runcmd(`grep "touch ${DISABLED}" /root/x | sh`),
  runcmd(`echo "touch ${DISABLED}"; date | sh`),
  script(`HINT="date; touch ${DISABLED}"`),
  config("notes:", `  - touch ${DISABLED}`),
  config("notes:", "  - cloud-init-"),
  script("cat > /etc/motd <<EOF", `touch ${DISABLED}`, "EOF"),
  script("help() {", `  echo "usage: touch ${DISABLED}"`, "}"),
  `#!/usr/bin/python3\nprint("touch ${DISABLED}")\n`,
  `#!/usr/bin/python3\nif True:\n    print("touch ${DISABLED}")\n`,
  `#!/usr/bin/python3\nlogging.info("touch ${DISABLED}")\nlog("touch ${DISABLED}")\n`,
  `#!/usr/bin/python3\n# open("${DISABLED}", "w")\n`,
];

/** Commands and packages that are similar to those that switch cloud-init off. */
const SIMILAR: readonly string[] = [
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
  config("packages: [vim, cloud-init]"),
];

for (const userData of NOT_RUN) {
  Deno.test(`text that is not run leaves cloud-init on: ${JSON.stringify(userData)}`, () => {
    assert.equal(off(userData), undefined);
  });
}

for (const userData of SIMILAR) {
  Deno.test(`a similar command leaves cloud-init on: ${JSON.stringify(userData)}`, () => {
    assert.equal(off(userData), undefined);
  });
}

Deno.test("a command in six shells is not read", () => {
  assert.equal(off(runcmd(JSON.stringify(inShells(`touch ${DISABLED}`, 6)))), undefined);
});
