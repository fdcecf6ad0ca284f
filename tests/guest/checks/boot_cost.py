"""Prints what the sidecar's parts cost this boot, as JSON.

The processor time of a part is what the kernel counted for its process and all that came from it, up to its
own end; what it leaves in the background goes on beside the boot. The parts are cloud-init's boothook and the
unit that comes with the domain; null is one that did not run. Every time slice of the boot is in the kernel's
trace (the words trace_event= of domain.ts). The part handler runs within cloud-init's own process: its time is
the one between the lines of cloud-init's log.
"""

import datetime
import json
import os
import re
import subprocess

TRACING = "/run/rig/tracing"
FORK = re.compile(r"sched_process_fork: .* pid=(\d+) child_comm=.* child_pid=(\d+)")
PID = re.compile(r" pid=(\d+)")
RUNTIME = re.compile(r" pid=(\d+) runtime=(\d+) ")
OURS = "/boothooks/eks-irsa-sidecar.sh"
UNIT = "eks-irsa-sidecar.service"
HANDLER = re.compile(r"part-handler-\d+|filename=\"eks-irsa-sidecar\.py\"")


def processor_seconds(is_root):
    """Seconds of a process and its children, how many processes they were, and how many programs those ran.

    A process in the background may run its program only after its root has ended: so two boots can differ by
    one program, but not by a process. `is_root` gets a line of the trace in which a process begins (a fork) or
    gets another program, and that process.
    """
    root, tree, processes, programs, nanoseconds = None, set(), 0, 0, 0
    with open(f"{TRACING}/trace", encoding="utf-8", errors="replace") as trace:
        for line in trace:
            if "sched_stat_runtime:" in line:
                pid, runtime = RUNTIME.search(line).groups()
                if pid in tree:
                    nanoseconds += int(runtime)
            elif "sched_process_exec:" in line:
                pid = PID.search(line).group(1)
                if is_root(line, pid) and root != pid:
                    root, tree, processes, programs, nanoseconds = pid, {pid}, 1, 0, 0
                programs += pid in tree
            elif "sched_process_fork:" in line:
                parent, child = FORK.search(line).groups()
                if parent in tree:
                    tree.add(child)
                    processes += 1
                elif is_root(line, child):
                    root, tree, processes, programs, nanoseconds = child, {child}, 1, 0, 0
            elif "sched_process_exit:" in line and PID.search(line).group(1) == root:
                break
    if root is None:
        return None
    return {"processorSeconds": nanoseconds / 1e9, "processes": processes, "programs": programs}


def lost_events():
    with open(f"{TRACING}/per_cpu/cpu0/stats", encoding="ascii") as stats:
        return sum(int(number) for number in re.findall(r"(?:overrun|dropped events): (\d+)", stats.read()))


def stamp(line):
    """"2026-08-01 12:00:00,123 - …" in seconds since the epoch."""
    day = datetime.datetime.strptime(line[:23], "%Y-%m-%d %H:%M:%S,%f")
    return day.replace(tzinfo=datetime.timezone.utc).timestamp()


def boothook():
    """The boothook's part, with when it began and ended, and how long the part handler took."""
    part = processor_seconds(lambda line, _pid: "sched_process_exec:" in line and OURS in line)
    if part is None:
        return None
    with open("/var/log/cloud-init.log", encoding="utf-8") as log:
        lines = [line for line in log if re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ", line)]
    began = max(at for at, line in enumerate(lines) if "Running command ['" in line and OURS in line)
    handler = [at for at in range(began, len(lines) - 1) if HANDLER.search(lines[at])]
    return {
        **part,
        "began": stamp(lines[began]),
        "ended": stamp(lines[began + 1]),
        "handlerLines": len(handler),
        "handlerSeconds": sum(stamp(lines[at + 1]) - stamp(lines[at]) for at in handler),
    }


def unit_property(name):
    """The value without the @ that stands before a number of seconds."""
    return subprocess.run(["systemctl", "show", "--timestamp=unix", f"--property={name}", "--value", UNIT],
                          capture_output=True, text=True, check=True).stdout.strip().lstrip("@")


def unit():
    """The unit's part: its process from its fork, with what systemd runs in it first."""
    main = unit_property("ExecMainPID")
    if main == "0":
        return None
    part = processor_seconds(lambda _line, pid: pid == main)
    # systemd tells whole seconds.
    return part and {
        **part,
        "began": int(unit_property("ExecMainStartTimestamp")),
        "ended": int(unit_property("ExecMainExitTimestamp")) + 1,
    }


def main():
    os.makedirs(TRACING, exist_ok=True)
    subprocess.run(["mount", "-t", "tracefs", "tracefs", TRACING], check=True)
    try:
        with open(f"{TRACING}/tracing_on", "w", encoding="ascii") as switch:
            switch.write("0")
        parts = {"boothook": boothook(), "unit": unit() if os.path.isdir("/run/systemd/system") else None}
        lost = lost_events()
    finally:
        subprocess.run(["umount", TRACING], check=True)
    print(json.dumps({**parts, "lostEvents": lost}))


main()
