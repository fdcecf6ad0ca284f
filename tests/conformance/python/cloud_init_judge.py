"""Lets cloud-init's own code read user data, before and after the sidecar, and compares.

    PYTHONPATH=<a release of cloud-init> python cloud_init_judge.py CASES REACHABLE

CASES is a JSON file: a list of {"name", "original", "result", "expected"}, where original and result
are paths of user data and expected is "carried", "untouched" or "gives_up". REACHABLE is the folder
of what #include finds: a URL's last segment names the file, and a URL without a file cannot be
reached.

Prints a JSON list of {"name", "agreed", "why"}.
"""

import json
import logging
import os
import sys
import tempfile

from cloudinit import handlers, helpers, url_helper, user_data
from cloudinit.filters import launch_index
from cloudinit.settings import PER_ALWAYS, PER_INSTANCE

OUR_FIRST = ("text/cloud-boothook", "eks-irsa-sidecar.sh")
OUR_LAST = ("text/part-handler", "eks-irsa-sidecar.py")
# Every type that cloud-init's own handlers act on.
ACTED_ON = set(handlers.INCLUSION_TYPES_MAP.values())
# Two types for content of an unknown type: outside of a message, and within one.
UNKNOWN = {user_data.NOT_MULTIPART_TYPE: user_data.UNDEF_TYPE}
# Headers about the encoding of a part, not about its meaning.
TRANSPORT = {
    "content-type",
    "content-disposition",
    "content-transfer-encoding",
    "mime-version",
}


class Response:
    """What cloud-init's URL reader returns."""

    code = 200

    def __init__(self, contents):
        self.contents = contents

    def ok(self):
        return True


def reader_of(folder):
    def read(url, **_options):
        path = os.path.join(folder, url.rsplit("/", 1)[-1])
        if not os.path.exists(path):
            raise url_helper.UrlError(IOError("nothing there"), code=404, url=url)
        with open(path, "rb") as file:
            return Response(file.read())

    return read


def as_bytes(payload):
    if isinstance(payload, str):
        return payload.encode("utf-8", "surrogateescape")
    return payload or b""


def read_by_cloud_init(blob, scratch):
    """The parts that cloud-init hands to its handlers, or the sentence with which it gives up."""
    paths = helpers.Paths({"cloud_dir": scratch, "run_dir": scratch})
    paths.datasource = DataSource()
    try:
        message = user_data.UserDataProcessor(paths).process(blob)
        message = launch_index.Filter(0).apply(message)
        parts = []

        def collect(_data, filename, payload, headers):
            kept = {
                name.lower(): str(value)
                for name, value in headers.items()
                if name.lower() not in TRANSPORT
            }
            content_type = headers["Content-Type"]
            parts.append(
                {
                    "type": UNKNOWN.get(content_type, content_type),
                    "filename": filename,
                    "payload": as_bytes(payload),
                    "headers": kept,
                }
            )

        handlers.walk(message, collect, None)
        return parts
    except Exception as error:  # what cloud-init raises is an answer of its own
        return "%s: %s" % (type(error).__name__, error)


class DataSource:
    """Enough of a data source for the folder names of one instance."""

    def get_instance_id(self):
        return "i-conformance"


def same_name(theirs, ours, alone):
    """Unnamed parts are numbered by cloud-init, and our part is one more before them."""
    if theirs == ours:
        return True
    if alone or not (theirs.startswith("part-") and ours.startswith("part-")):
        return False
    return int(ours[len("part-"):]) == int(theirs[len("part-"):]) + 1


def matters(part):
    """Nobody acts on an empty part of an unknown type."""
    return part["type"] in ACTED_ON or part["payload"].strip() != b""


def check_untouched(blob, result, before):
    if result != blob:
        return "the user data was changed"
    if isinstance(before, str):
        return "cloud-init gives up on it: %s" % before
    acted_on = [part["type"] for part in before if part["type"] in ACTED_ON]
    if acted_on:
        return "cloud-init acts on it, as %s: it belongs to those carried" % acted_on[0]
    return None


def check_carried(blob, before, after):
    if isinstance(before, str) or isinstance(after, str):
        return "cloud-init gives up. Alone: %s; with our part: %s" % (summary(before), summary(after))
    named = [(part["type"], part["filename"]) for part in after]
    if len(named) < 2 or named[0] != OUR_FIRST or named[-1] != OUR_LAST:
        return "our parts are not the first and the last: %s" % summary(after)
    if b"\n#eks-irsa-settings: " not in after[0]["payload"]:
        return "our part has no settings line"
    theirs = [part for part in before if matters(part)]
    carried = [part for part in after[1:-1] if matters(part)]
    if len(theirs) != len(carried):
        return "alone: %s; with our part: %s" % (summary(theirs), summary(carried))
    alone = len(theirs) == 1 and theirs[0]["payload"] == user_data.util.decomp_gzip(blob, decode=False)
    for number, (was, now) in enumerate(zip(theirs, carried), 1):
        for field in ("type", "payload", "headers"):
            if was[field] != now[field]:
                return "part %d: its %s was %r and is %r" % (
                    number, field, excerpt(was[field]), excerpt(now[field]))
        if not same_name(was["filename"], now["filename"], alone):
            return "part %d: its filename was %r and is %r" % (
                number, was["filename"], now["filename"])
    return None


def check_gives_up(before, after):
    """No part of it is acted on, with us as without: then ours isn't either."""
    if not isinstance(before, str):
        return "cloud-init reads it: it belongs to those carried or untouched"
    if before != after:
        return "alone: %s; with our part: %s" % (summary(before), summary(after))
    return None


def check_handler(result, scratch):
    """cloud-init's own way with part handlers: ours gives its process the variables, on every boot."""
    parts = read_by_cloud_init(result, scratch)
    if isinstance(parts, str):
        return parts
    os.environ["EKS_IRSA_ROOT"] = scratch
    os.makedirs(os.path.join(scratch, "run/eks-irsa-sidecar"))
    sys.path.insert(0, scratch)
    pdata = {
        "handlerdir": scratch,
        "handlercount": 0,
        "handlers": helpers.ContentHandlers(),
        "data": None,
    }
    for frequency in (PER_INSTANCE, PER_ALWAYS):
        value = "it's %s \u00e9 = $HOME" % frequency
        with open(os.path.join(scratch, "run/eks-irsa-sidecar/variables"), "w", encoding="utf-8") as file:
            file.write("AWS_ROLE_ARN=%s\nAWS_EMPTY=\n" % value)
        os.environb.pop(b"AWS_ROLE_ARN", None)
        pdata["frequency"] = frequency
        handlers.walker_handle_handler(pdata, None, None, parts[-1]["payload"])
        registered = set(pdata["handlers"].registered.values())
        if len(registered) != 1:
            return "cloud-init took %d handlers from our part" % len(registered)
        handlers.call_end(registered.pop(), None, frequency)
        got = os.environb.get(b"AWS_ROLE_ARN", b"").decode()
        if got != value or os.environ.get("AWS_EMPTY") != "":
            return "with frequency %s, the variable should be %r and is %r" % (frequency, value, got)
    return None


def summary(parts):
    if isinstance(parts, str):
        return parts
    return "%d parts [%s]" % (len(parts), ", ".join(part["type"] for part in parts))


def excerpt(value):
    return value if not isinstance(value, bytes) or len(value) < 80 else value[:80] + b"..."


def main():
    logging.disable(logging.CRITICAL)
    cases_file, reachable = sys.argv[1:]
    user_data.read_file_or_url = reader_of(reachable)
    with open(cases_file) as file:
        cases = json.load(file)
    answers = []
    for case in cases:
        with open(case["original"], "rb") as file:
            blob = file.read()
        with open(case["result"], "rb") as file:
            result = file.read()
        with tempfile.TemporaryDirectory() as scratch:
            before = read_by_cloud_init(blob, scratch)
        if case["expected"] == "untouched":
            why = check_untouched(blob, result, before)
        else:
            with tempfile.TemporaryDirectory() as scratch:
                after = read_by_cloud_init(result, scratch)
            if case["expected"] == "gives_up":
                why = check_gives_up(before, after)
            else:
                why = check_carried(blob, before, after)
        answers.append({"name": case["name"], "agreed": why is None, "why": why})
    carried = next(case for case in cases if case["expected"] == "carried")
    with open(carried["result"], "rb") as file, tempfile.TemporaryDirectory() as scratch:
        why = check_handler(file.read(), scratch)
    answers.append({"name": "our part handler", "agreed": why is None, "why": why})
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
