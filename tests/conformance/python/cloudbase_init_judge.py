"""Lets cloudbase-init's own code act on user data, before and after the sidecar, and compares.

    python cloudbase_init_judge.py CASES

CASES is a JSON file: a list of {"name", "original", "result", "expected"}, where original and result
are paths of user data and expected is "carried" or "untouched". Prints a JSON list of
{"name", "agreed", "why"}.

Only the operating system's layer is replaced, by a recorder. A script "ends" with the code that an
`exit NUMBER` in it names. Where cloudbase-init asks for another run, there is another boot.
"""

import json
import logging
import os
import re
import sys
import tempfile

from cloudbaseinit import conf
from cloudbaseinit.metadata.services import base as metadata
from cloudbaseinit.osutils import factory as osutils_factory
from cloudbaseinit.plugins.common import base as plugins
from cloudbaseinit.plugins.common import userdata

OUR_FILENAME = "eks-irsa-sidecar.ps1"
BOOTS = 2
# User data that the sidecar returns unchanged, although cloudbase-init acts on it.
ACTED_ON_ALONE = {
    # A template is rendered only if it is not in a message (plugins/common/userdata.py, _process_non_multi_part):
    # in a part of our message it would be used unrendered.
    "untouched/jinja.txt",
}


class Recorder:
    """Stands for Windows: writes down what it is asked to do."""

    def __init__(self):
        self.calls = []

    def execute_process(self, args, shell=True, decode_output=False):
        interpreter = args[0] if len(args) > 1 else "cmd" if shell else "none"
        return self._run(interpreter, args[-1])

    def execute_powershell_script(self, script_path, sysnative=True):
        return self._run("powershell" if sysnative else "powershell_x86", script_path)

    def _run(self, interpreter, path):
        with open(path, "rb") as file:
            content = file.read()
        self.calls.append(
            {
                "interpreter": interpreter,
                "filename": os.path.basename(path),
                "content": content,
            }
        )
        code = re.search(rb"^exit (\d+)", content, re.MULTILINE)
        return b"", b"", int(code.group(1)) if code else 0

    def get_maximum_password_length(self):
        return 20

    def __getattr__(self, name):
        def call(*args, **kwargs):
            self.calls.append({"interpreter": name, "filename": "", "content": repr((args, kwargs))})
            return name == "set_host_name"  # a new host name asks for a reboot

        return call


class Service(metadata.BaseMetadataService):
    """A metadata service that knows nothing but the user data."""

    def __init__(self, user_data):
        super().__init__()
        self._blob = user_data

    def _get_data(self, path):
        raise metadata.NotExistingMetadataException()

    def get_user_data(self):
        return self._blob

    def get_instance_data(self):
        return {"ds": {"meta_data": {"hostname": "reports"}}}


def act_on(blob, scratch):
    """What is run at each boot, and what each boot asks for."""
    tempfile.tempdir = scratch
    conf.CONF.set_override("heat_config_dir", scratch)
    boots = []
    for _ in range(BOOTS):
        recorder = Recorder()
        osutils_factory.get_os_utils = lambda: recorder
        try:
            status, reboot = userdata.UserDataPlugin().execute(Service(blob), {})
            end = {"again": status == plugins.PLUGIN_EXECUTE_ON_NEXT_BOOT, "reboot": reboot}
        except Exception:
            # YAML that is not valid ends the whole plugin; in a message, only its part. In both cases it has no effect,
            # and no reboot is requested.
            end = {"again": False, "reboot": False}
        boots.append({"calls": recorder.calls, "end": end})
        if not end.get("again"):
            break
    return boots


def check_carried(before, after):
    if len(before) != len(after):
        return "alone it takes %d boots, with our part %d" % (len(before), len(after))
    for number, (was, now) in enumerate(zip(before, after), 1):
        calls = now["calls"]
        if not calls or calls[0]["filename"] != OUR_FILENAME:
            return "boot %d: ours is not the first to run: %s" % (number, summary(calls))
        if calls[0]["interpreter"] != "powershell":
            return "boot %d: ours is run by %s" % (number, calls[0]["interpreter"])
        if b"\n#eks-irsa-settings: " not in calls[0]["content"]:
            return "boot %d: our part has no settings line" % number
        if was["end"] != now["end"]:
            return "boot %d ends with %s alone and with %s with our part" % (
                number, was["end"], now["end"])
        theirs = [without_name(call) for call in was["calls"]]
        carried = [without_name(call) for call in calls[1:]]
        if theirs != carried:
            return "boot %d: alone it runs %s, with our part %s" % (
                number, summary(was["calls"]), summary(calls[1:]))
    return None


def check_untouched(name, blob, result, scratch):
    if result != blob:
        return "the user data was changed"
    boots = act_on(blob, scratch)
    acts = any(boot["calls"] for boot in boots) or boots[-1]["end"]["reboot"]
    if acts and name not in ACTED_ON_ALONE:
        return "cloudbase-init acts on it: %s" % summary(boots[0]["calls"])
    if name in ACTED_ON_ALONE and not acts:
        return "cloudbase-init does not act on it: it is no exception"
    return None


def without_name(call):
    return call["interpreter"], call["content"]


def summary(calls):
    return "[%s]" % ", ".join(
        "%s %r" % (call["interpreter"], call["content"][:60]) for call in calls)


def check(case, scratch):
    with open(case["original"], "rb") as file:
        blob = file.read()
    with open(case["result"], "rb") as file:
        result = file.read()
    if case["expected"] == "untouched":
        return check_untouched(case["name"], blob, result, scratch)
    return check_carried(act_on(blob, scratch), act_on(result, scratch))


def main():
    conf.CONF([], project="cloudbase-init", default_config_files=[])
    logging.disable(logging.CRITICAL)
    with open(sys.argv[1]) as file:
        cases = json.load(file)
    unknown = ACTED_ON_ALONE - {case["name"] for case in cases}
    if unknown:
        sys.exit("no such user data, though named as an exception: %s" % ", ".join(unknown))
    answers = []
    for case in cases:
        with tempfile.TemporaryDirectory(dir="/tmp") as scratch:
            why = check(case, scratch)
        answers.append({"name": case["name"], "agreed": why is None, "why": why})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
