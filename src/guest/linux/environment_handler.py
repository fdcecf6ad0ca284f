#part-handler
"""Gives cloud-init's own process the AWS variables, for the commands of bootcmd and runcmd.

Since 24.3 cloud-init runs all of its stages in one process, which systemd starts before the boothook gives
systemd the variables. cloud-init calls this handler after the last part of the user data. By then the boothook
has written today's variables to a file, one NAME=value on each line.
"""

import os

handler_version = 2
frequency = "always"

VARIABLES = os.environ.get("EKS_IRSA_ROOT", "") + "/run/eks-irsa-sidecar/variables"


def list_types():
    """A type that no part has: cloud-init requires one."""
    return ["text/x-eks-irsa-sidecar"]


def handle_part(data, content_type, filename, payload, frequency):
    """cloud-init calls this at the beginning, for each part of our type, and at the end."""
    if content_type != "__end__" or not os.path.exists(VARIABLES):
        return
    # In Python 2, which runs cloud-init on Amazon Linux 2, os.environ holds bytes.
    environment = getattr(os, "environb", os.environ)
    with open(VARIABLES, "rb") as lines:
        for line in lines:
            name, _, value = line.rstrip(b"\n").partition(b"=")
            environment[name] = value
