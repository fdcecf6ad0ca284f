#!/usr/bin/python3
"""An STS that lives in the guest: AssumeRoleWithWebIdentity and GetCallerIdentity, nothing else.

It answers on 127.0.0.1 twice, because AWS clients differ by age: plain HTTP on port 4566 for those
that read AWS_ENDPOINT_URL_STS, TLS on port 443 for the older ones, which call the regional name of
STS (the image's /etc/hosts points that name here, and its trust store knows the certificate).

A token is accepted when it is whole (its signature fits) and of today. Which day it is comes from
/run/rig/today if that exists, else from rig.today=N on the kernel's command line. Every request
leaves one line of JSON in /run/rig/sts.log.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

RUN = "/run/rig"
KEY = b"not a secret: it only tells a whole token from half a one"
ACCOUNT = "111122223333"
# Shorter than what the AWS CLI keeps in its cache: so that every run of the CLI asks for itself.
LIFETIME = 600

sessions = {}
log_lock = threading.Lock()


def today():
    try:
        with open(f"{RUN}/today", encoding="ascii") as file:
            return file.read().strip()
    except FileNotFoundError:
        pass
    with open("/proc/cmdline", encoding="ascii") as file:
        found = re.search(r"\brig\.today=(\S+)", file.read())
    return found.group(1) if found else "unset"


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def why_refused(token):
    """The reason to refuse a token, or None."""
    parts = token.split(".")
    if len(parts) != 3:
        return "the token does not have three parts"
    signature = hmac.new(KEY, f"{parts[0]}.{parts[1]}".encode(), hashlib.sha256).digest()
    try:
        if not hmac.compare_digest(signature, decode(parts[2])):
            return "the token's signature does not fit"
        day = str(json.loads(decode(parts[1]))["day"])
    except (ValueError, KeyError):
        return "the token cannot be read"
    if day != today():
        return f"the token is of day {day}, today is {today()}"
    return None


def write_log(**entry):
    line = json.dumps({"time": time.time(), **entry})
    with log_lock, open(f"{RUN}/sts.log", "a", encoding="utf-8") as file:
        file.write(line + "\n")


class Sts(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        action = form.get("Action", "")
        if action == "AssumeRoleWithWebIdentity":
            self.assume_role(form)
        elif action == "GetCallerIdentity":
            self.caller_identity()
        else:
            self.refuse(400, "InvalidAction", f"no such action: {action}")

    def assume_role(self, form):
        role = form.get("RoleArn", "")
        reason = why_refused(form.get("WebIdentityToken", ""))
        write_log(action="AssumeRoleWithWebIdentity", role=role, refused=reason,
                  host=self.headers.get("Host"), agent=self.headers.get("User-Agent"))
        if reason is not None:
            self.refuse(400, "InvalidIdentityToken", reason)
            return
        name = form.get("RoleSessionName", "unnamed")
        key = "ASIA" + secrets.token_hex(8).upper()
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.rsplit('/', 1)[-1]}/{name}"
        sessions[key] = arn
        expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + LIFETIME))
        self.answer("AssumeRoleWithWebIdentity", f"""
<Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>{secrets.token_hex(20)}</SecretAccessKey>
<SessionToken>{secrets.token_hex(32)}</SessionToken><Expiration>{expires}</Expiration></Credentials>
<AssumedRoleUser><Arn>{escape(arn)}</Arn><AssumedRoleId>AROA:{escape(name)}</AssumedRoleId></AssumedRoleUser>
<SubjectFromWebIdentityToken>system:serviceaccount:default:vm</SubjectFromWebIdentityToken>""")

    def caller_identity(self):
        found = re.search(r"Credential=([A-Z0-9]+)/", self.headers.get("Authorization", ""))
        arn = sessions.get(found.group(1)) if found else None
        write_log(action="GetCallerIdentity", arn=arn, agent=self.headers.get("User-Agent"))
        if arn is None:
            self.refuse(403, "InvalidClientTokenId", "this access key was not issued here")
            return
        self.answer("GetCallerIdentity", f"""
<Arn>{escape(arn)}</Arn><UserId>AROA:vm</UserId><Account>{ACCOUNT}</Account>""")

    def answer(self, action, result):
        self.send(200, f"""<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<{action}Result>{result}</{action}Result>
<ResponseMetadata><RequestId>{secrets.token_hex(8)}</RequestId></ResponseMetadata></{action}Response>""")

    def refuse(self, status, code, message):
        self.send(status, f"""<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(message)}</Message></Error>
<RequestId>{secrets.token_hex(8)}</RequestId></ErrorResponse>""")

    def send(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments):
        pass


def main():
    os.makedirs(RUN, exist_ok=True)
    plain = ThreadingHTTPServer(("127.0.0.1", 4566), Sts)
    secure = ThreadingHTTPServer(("127.0.0.1", 443), Sts)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("/opt/rig/sts.crt", "/opt/rig/sts.key")
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    threading.Thread(target=plain.serve_forever, daemon=True).start()
    secure.serve_forever()


main()
