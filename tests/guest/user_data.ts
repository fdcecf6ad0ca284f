/**
 * The user data of the scenarios: one of each format that a VM's owner may write. What each does is
 * left on the disk, so that two boots can be compared; every command adds a line to /etc/owner/log.
 */

export type UserDataName = "cloud-config" | "mime" | "script" | "gzip" | "jinja";

export const USER_DATA_NAMES: readonly UserDataName[] = [
  "cloud-config",
  "mime",
  "script",
  "gzip",
  "jinja",
];

export async function userData(name: UserDataName): Promise<string | Uint8Array<ArrayBuffer>> {
  switch (name) {
    case "cloud-config":
      return CLOUD_CONFIG;
    case "mime":
      return MIME;
    case "script":
      return SCRIPT;
    case "gzip":
      return await gzip(CLOUD_CONFIG.replaceAll("cloud-config of the owner", "gzip of the owner"));
    case "jinja":
      return JINJA;
  }
}

/** The key that the user deploy gets. */
export const DEPLOY_KEY =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAbcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ owner@example";

// The last command is the identity check of point 1: only where the rig asks for it, because it
// takes the AWS CLI many seconds to start. It runs as an unprivileged user with runcmd's environment;
// without systemd that environment has nothing of AWS, and su's PAM session is what brings it.
const CLOUD_CONFIG = `#cloud-config
# cloud-config of the owner, ünïcode: and a colon
bootcmd:
  - mkdir -p /etc/owner
  - echo "bootcmd at every boot" >> /etc/owner/log
  - [cloud-init-per, once, owner-once, sh, -c, 'echo "bootcmd once" >> /etc/owner/log']
write_files:
  - path: /etc/owner/plain.conf
    content: |
      text of the owner, "quoted" and 'quoted', $NOT_EXPANDED, \`not run\`, ünïcode
        indented: yes
    permissions: '0640'
    owner: root:adm
  - path: /etc/owner/decoded.bin
    encoding: b64
    content: AAECAwT/
  - path: /etc/environment
    append: true
    content: |
      OWNER_LINE="cloud-config of the owner"
users:
  - default
  - name: deploy
    gecos: Deployer, of the owner
    groups: [adm, users]
    shell: /bin/bash
    lock_passwd: true
    sudo: ALL=(ALL) NOPASSWD:ALL
    ssh_authorized_keys:
      - ${DEPLOY_KEY}
runcmd:
  - echo "runcmd as text" >> /etc/owner/log
  - [sh, -c, 'echo "runcmd as a list, of $(id -un)" >> /etc/owner/log']
  - su deploy -c 'echo "deploy was here" > ~/here'
  - |
    grep -q rig.app /proc/cmdline || exit 0
    install -d -o app -g app /var/lib/rig-app
    cd /var/lib/rig-app
    env | grep ^AWS_ > runcmd.variables
    if test -d /run/systemd/system; then
      setpriv --reuid=app --regid=app --init-groups env HOME=/home/app \\
        aws sts get-caller-identity > part 2>&1
    else
      su app -c 'aws sts get-caller-identity' > part 2>&1
    fi
    mv part runcmd.out
`;

const MIME = `Content-Type: multipart/mixed; boundary="===============owner=="
MIME-Version: 1.0

--===============owner==
Content-Type: text/cloud-config; charset="us-ascii"
MIME-Version: 1.0
Content-Transfer-Encoding: 7bit
Content-Disposition: attachment; filename="owner.yaml"

#cloud-config
write_files:
  - path: /etc/owner/from-mime.conf
    content: "first part\\n"
    permissions: '0600'
runcmd:
  - echo "runcmd of the first part" >> /etc/owner/log

--===============owner==
Content-Type: text/x-shellscript; charset="us-ascii"
MIME-Version: 1.0
Content-Transfer-Encoding: 7bit
Content-Disposition: attachment; filename="owner.sh"

#!/bin/sh
echo "script, the second part" >> /etc/owner/log

--===============owner==
Content-Type: text/cloud-boothook; charset="us-ascii"
MIME-Version: 1.0
Content-Transfer-Encoding: 7bit
Content-Disposition: attachment; filename="owner-boothook.sh"

#!/bin/sh
mkdir -p /etc/owner
echo "boothook, the third part" >> /etc/owner/log

--===============owner==--
`;

const SCRIPT = `#!/bin/sh
# A script of the owner; it ends without a newline.
set -e
mkdir -p /etc/owner
cat > /etc/owner/script.conf <<'END'
--===============not-a-boundary==
#cloud-config
"quoted" $NOT_EXPANDED \`not run\` ünïcode
END
chmod 0604 /etc/owner/script.conf
useradd --uid 2500 --shell /usr/sbin/nologin by-script
echo "script of the owner, of $(id -un)" >> /etc/owner/log`;

const JINJA = `## template: jinja
#cloud-config
write_files:
  - path: /etc/owner/jinja.conf
    content: |
      id={{ v1.instance_id }} host={{ v1.local_hostname }}
      {% for word in ['one', 'two'] %}{{ word }}, {% endfor %}and no more
runcmd:
  - echo "runcmd on {{ v1.cloud_name }}" >> /etc/owner/log
`;

/** Gzip as a VM's owner makes it; the same bytes every time. */
async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
