"""Has cloud-init's own code act on user data as a boot does, from a folder that is mounted noexec.

    PYTHONPATH=<a release of cloud-init> python cloud_init_boot.py USER_DATA CLOUD_DIR

Its boothooks and its part handlers are run as in cloudinit/stages.py, from CLOUD_DIR, once for each frequency.
Prints, as JSON, the AWS_ variables that cloud-init's process has afterwards.
"""

import json
import logging
import os
import sys

from cloudinit import handlers, helpers, user_data
from cloudinit.handlers.boot_hook import BootHookPartHandler
from cloudinit.settings import PER_ALWAYS, PER_INSTANCE


class DataSource:
    """Enough of a data source for the folder names of one instance."""

    def get_instance_id(self):
        return "i-conformance"


def consume(message, paths, frequency):
    """Stages._do_handlers: each part goes to its handler, and then each handler is told that it was the last."""
    contents = helpers.ContentHandlers()
    boothooks = BootHookPartHandler(paths, paths.datasource)
    contents.register(boothooks)
    handlers.call_begin(boothooks, message, frequency)
    contents.initialized.append(boothooks)
    folder = paths.get_ipath("handlers")
    os.makedirs(folder, exist_ok=True)
    sys.path.insert(0, folder)
    state = {
        "handlers": contents,
        "handlerdir": folder,
        "data": message,
        "frequency": frequency,
        "handlercount": 0,
        "excluded": [],
    }
    handlers.walk(message, handlers.walker_callback, data=state)
    called = set()
    for handler in list(contents.registered.values()):
        if id(handler) not in called:
            called.add(id(handler))
            handlers.call_end(handler, message, frequency)


def main():
    logging.disable(logging.CRITICAL)
    user_data_file, cloud_dir = sys.argv[1:]
    paths = helpers.Paths({"cloud_dir": cloud_dir, "run_dir": cloud_dir})
    paths.datasource = DataSource()
    with open(user_data_file, "rb") as file:
        message = user_data.UserDataProcessor(paths).process(file.read())
    answer = os.dup(1)
    os.dup2(2, 1)  # What the parts print is not the answer.
    for frequency in (PER_INSTANCE, PER_ALWAYS):
        consume(message, paths, frequency)
    variables = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    os.write(answer, json.dumps(variables).encode())


main()
