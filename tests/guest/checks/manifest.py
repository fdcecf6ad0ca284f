"""Prints what this guest's root file system has that its image had not, as JSON.

{"path": "type mode owner group content"}: everything whose inode changed since the image was built.
Of a file the content is its SHA-256, of a folder the names in it (so a removed file shows), of a link
its target. Two boots of one image and one user data print the same.
"""

import hashlib
import json
import os
import re
import stat
import subprocess

# What differs between two boots of the same machine, and why.
VOLATILE = re.compile("|".join([
    r"/(proc|sys|dev|run|tmp|lost\+found)(/|$)",
    r"/var/(log|tmp|cache)(/|$)",
    r"/(var/lib/rig-app|home/app)(/|$)",  # the rig's own user
    r"/var/lib/cloud(/|$)",               # cloud-init's records of what it was given
    r"/var/lib/dbus/machine-id$",         # random where systemd does not take it from the machine
    r"/var/lib/systemd/(random-seed|timesync|timers|catalog)(/|$)",
    r"/var/lib/(urandom|private|rsyslog|initscripts)(/|$)",
    r"/etc/\.pwd\.lock$",
    r"/(etc|home|root)/?$|/$",            # see entry(): their names are listed, their inodes are not
]))


def content(path, info):
    if stat.S_ISLNK(info.st_mode):
        return os.readlink(path)
    if stat.S_ISDIR(info.st_mode):
        return " ".join(sorted(os.listdir(path)))
    if not stat.S_ISREG(info.st_mode):
        return ""
    with open(path, "rb") as file:
        data = file.read()
    if path in ("/etc/shadow", "/etc/shadow-"):
        # The field with the last change has the day of the boot.
        data = re.sub(rb"(?m)^([^:]*:[^:]*):\d*:", rb"\1::", data)
    # cloud-init writes dates into these files.
    data = re.sub(rb"(?m)^# Created by cloud-init v.*$", b"", data)
    if path == "/etc/environment":
        # The only file that the sidecar changes, and only between its marks.
        data = re.sub(rb"(?s)# BEGIN eks-irsa-sidecar.*?# END eks-irsa-sidecar[^\n]*\n?", b"", data)
    return hashlib.sha256(data).hexdigest()


def main():
    found = subprocess.run(
        ["find", "/", "-xdev", "-newercc", "/opt/rig/built", "-print0"],
        capture_output=True, check=False).stdout.decode().split("\0")
    entries = {}
    for path in filter(None, found):
        if VOLATILE.match(path):
            continue
        info = os.lstat(path)
        entries[path] = " ".join([
            oct(info.st_mode), str(info.st_uid), str(info.st_gid), content(path, info)])
    for path in ("/", "/etc", "/root", "/home"):
        entries[f"names in {path}"] = " ".join(sorted(os.listdir(path)))
    # For /etc/environment only its content counts.
    entries.pop("/etc/environment", None)
    entries["/etc/environment"] = content("/etc/environment", os.lstat("/etc/environment"))
    print(json.dumps(entries))


main()
