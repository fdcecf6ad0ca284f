#!/usr/bin/python3 -S
"""What an AWS SDK does with its environment, in the smallest way: prints the role's ARN as JSON.

Used where the AWS CLI's start (many seconds on an emulated CPU) would hide what is measured.
Always uses AWS_ENDPOINT_URL_STS. Leaves with 1 and the reason when it has no identity.
"""

import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request


def call(headers, **form):
    request = urllib.request.Request(
        os.environ["AWS_ENDPOINT_URL_STS"], urllib.parse.urlencode(form).encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as response:
        return response.read().decode()


def main():
    answer = {"uid": os.getuid()}
    try:
        with open(os.environ["AWS_WEB_IDENTITY_TOKEN_FILE"], encoding="ascii") as file:
            token = file.read()
        issued = call({}, Action="AssumeRoleWithWebIdentity", RoleArn=os.environ["AWS_ROLE_ARN"],
                      RoleSessionName="whoami", WebIdentityToken=token)
        key = re.search("<AccessKeyId>(.*?)<", issued).group(1)
        answer["Arn"] = re.search("<Arn>(.*?)<", call(
            {"Authorization": f"AWS4-HMAC-SHA256 Credential={key}/x"},
            Action="GetCallerIdentity")).group(1)
    except urllib.error.HTTPError as error:
        answer["error"] = error.read().decode()
    except (OSError, KeyError) as error:
        answer["error"] = f"{type(error).__name__}: {error}"
    print(json.dumps(answer))
    sys.exit("error" in answer)


main()
