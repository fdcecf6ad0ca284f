#!/usr/bin/env python3
"""Runs a program as Kubernetes runs the sidecar's container, but for the limits.

    contained.py --root FOLDER --with PATH=PLACE ... --env NAME=VALUE ... -- PROGRAM ARGUMENT ...

The program sees the root folder read-only, /proc, three devices, the files and folders named by --with (a
folder read-only), and the folder of its --socket (KubeVirt's hook folder without that flag), which alone it
can write. It runs as 107:107 without groups, capabilities, HOME or a way to get privileges back, in this very
process, so that signals and the exit code are the program's own. Needs root.
"""

import argparse
import ctypes
import os
import sys

HOOK_FOLDER = "/var/run/kubevirt-hooks"
VIRT_USER = 107

# linux/sched.h, linux/mount.h, linux/prctl.h
CLONE_NEWNS = 0x00020000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
PR_CAPBSET_READ, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 23, 24, 38
PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 47, 4

libc = ctypes.CDLL(None, use_errno=True)


def must(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        sys.exit(f"contained.py: {what} failed: {os.strerror(number)}. It has to run as root.")


def mount(source: str, target: str, kind: str, flags: int) -> None:
    must(
        libc.mount(source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), None),
        f"mounting {source} on {target}",
    )


def place(root: str, path: str) -> str:
    """A path of the container as the host sees it; /var/run is a link to /run there."""
    inside = "/run" + path[len("/var/run"):] if path.startswith("/var/run/") else path
    return root + inside


def bind(source: str, target: str) -> None:
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
        mount(source, target, "none", MS_BIND)
        mount("none", target, "none", MS_REMOUNT | MS_BIND | MS_RDONLY)
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if not os.path.exists(target):
        open(target, "w", encoding="ascii").close()
    mount(source, target, "none", MS_BIND)


def written_folder(program: list[str]) -> str:
    for index, word in enumerate(program):
        if word == "--socket" and index + 1 < len(program):
            return os.path.dirname(program[index + 1])
        if word.startswith("--socket="):
            return os.path.dirname(word.split("=", 1)[1])
    return HOOK_FOLDER


def build_root(root: str, files: list[str], folder: str) -> None:
    must(libc.unshare(CLONE_NEWNS), "a mount namespace")
    mount("none", "/", "none", MS_REC | MS_PRIVATE)
    for pair in files:
        source, target = pair.split("=", 1)
        bind(source, place(root, target))
    for device in ("null", "zero", "urandom"):
        bind(f"/dev/{device}", f"{root}/dev/{device}")
    os.makedirs(f"{root}/proc", exist_ok=True)
    inside = place(root, folder)
    writable = folder != "/" and os.path.isdir(folder)
    if writable:
        os.chown(folder, VIRT_USER, VIRT_USER)
        os.makedirs(inside, exist_ok=True)
    # Bind the root, with all mounts in it, to itself, so that it can be made read-only.
    mount(root, root, "none", MS_BIND | MS_REC)
    mount("proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    if writable:
        mount(folder, inside, "none", MS_BIND)
    mount("none", root, "none", MS_REMOUNT | MS_BIND | MS_RDONLY)


def drop_privileges() -> None:
    capability = 0
    while libc.prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0:
        must(libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), f"dropping capability {capability}")
        capability += 1
    must(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "clearing capabilities")
    os.setgroups([])
    os.setresgid(VIRT_USER, VIRT_USER, VIRT_USER)
    # Changing to another user clears the capabilities.
    os.setresuid(VIRT_USER, VIRT_USER, VIRT_USER)
    must(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no-new-privileges")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", required=True)
    parser.add_argument("--with", dest="files", action="append", default=[], metavar="PATH=PLACE")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("program", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    program = options.program[1:] if options.program[:1] == ["--"] else options.program
    build_root(options.root, options.files, written_folder(program))
    os.chroot(options.root)
    os.chdir("/")
    drop_privileges()
    # The environment that the kubelet sets, without the test's.
    keep = ("AWS_", "CONTAINER_NAME", "GRPC_", "NO_COLOR")
    environment = {name: value for name, value in os.environ.items() if name.startswith(keep)}
    environment["PATH"] = "/usr/local/bin:/usr/bin:/bin"
    environment.update(pair.split("=", 1) for pair in options.env)
    os.execve(program[0], program, environment)


main()
