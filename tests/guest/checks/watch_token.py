"""Reads the published token over and over, while it is replaced. Prints what was seen, as JSON.

watch_token.py FILE NEW_DAY SECONDS STARTED: makes the file STARTED at its first whole token. Ends five seconds after the first token of NEW_DAY was seen, or
after SECONDS. The moment of the replacement is the one at which /run/rig/today was written.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time

KEY = b"not a secret: it only tells a whole token from half a one"


def day_of(token):
    """The day of a whole token, None for anything else."""
    try:
        head, body, signature = token.split(b".")
        expected = hmac.new(KEY, head + b"." + body, hashlib.sha256).digest()
        if base64.urlsafe_b64decode(signature + b"==") != expected:
            return None
        return json.loads(base64.urlsafe_b64decode(body + b"=="))["day"]
    except ValueError:
        return None


def main():
    path, new_day, seconds, started = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    end = time.time() + seconds
    seen = {"reads": 0, "missing": 0, "torn": 0, "days": [], "first_new": None, "uid": os.getuid()}
    whole = {}
    while time.time() < end:
        seen["reads"] += 1
        try:
            with open(path, "rb") as file:
                token = file.read()
        except OSError as error:
            seen["missing"] += 1
            seen["error"] = str(error)
            continue
        # The signature is checked once for each content, because that takes longer than reading.
        day = whole.setdefault(token, day_of(token))
        if day is None:
            seen["torn"] += 1
        elif day not in seen["days"]:
            if not seen["days"]:
                with open(started, "x", encoding="ascii"):
                    pass
            seen["days"].append(day)
            if day == new_day:
                seen["first_new"] = time.time()
                end = min(end, time.time() + 5)
        time.sleep(0.001)
    if seen["first_new"] is not None:
        seen["seconds"] = round(seen["first_new"] - os.stat("/run/rig/today").st_mtime, 1)
    print(json.dumps(seen))


main()
