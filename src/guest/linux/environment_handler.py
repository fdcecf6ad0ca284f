#part-handler
"""Gives cloud-init's own process the AWS variables, for the commands of bootcmd and runcmd.

Since 24.3 cloud-init runs all of its stages in one process, which systemd starts before the boothook gives
systemd the variables. cloud-init calls this handler after the last part of the user data. By then the boothook
has written today's variables to a file, one NAME=value on each line.

Where /var is mounted noexec, cloud-init cannot execute the boothook. A shell can read it all the same: this
handler has one run it where the boothook has left nothing.
"""

import os
import subprocess
import sys

handler_version = 2
frequency = "always"

VARIABLES = os.environ.get("EKS_IRSA_ROOT", "") + "/run/eks-irsa-sidecar/variables"

# cloud-init writes part handlers and boothooks into two folders of the instance, side by side: this file is in
# "handlers" (canonical/cloud-init cloudinit/stages.py, and cloudinit/handlers/boot_hook.py).
INSTANCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BOOTHOOK = os.path.join(INSTANCE, "boothooks", "eks-irsa-sidecar.sh")


def list_types():
    """A type that no part has: cloud-init requires one."""
    return ["text/x-eks-irsa-sidecar"]


def run_boothook():
    """Its output goes to cloud-init's log, as if cloud-init had executed it."""
    print("aws-iam-token: %s has left nothing (is /var mounted noexec?): /bin/sh runs it." % BOOTHOOK)
    sys.stdout.flush()
    # cloud-init waits for the end of the boothook, and not of what that leaves in the background.
    with open(os.devnull, "rb") as nothing:
        subprocess.call(["/bin/sh", BOOTHOOK], stdin=nothing, close_fds=True)


def handle_part(data, content_type, filename, payload, frequency):
    """cloud-init calls this at the beginning, for each part of our type, and at the end."""
    if content_type != "__end__":
        return
    if not os.path.exists(VARIABLES) and os.path.exists(BOOTHOOK):
        run_boothook()
    if not os.path.exists(VARIABLES):
        return
    # In Python 2, which runs cloud-init on Amazon Linux 2, os.environ holds bytes.
    environment = getattr(os, "environb", os.environ)
    with open(VARIABLES, "rb") as lines:
        for line in lines:
            name, _, value = line.rstrip(b"\n").partition(b"=")
            environment[name] = value
