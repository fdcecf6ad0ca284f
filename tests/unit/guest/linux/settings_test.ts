import assert from "node:assert/strict";
import { linuxSettings } from "../../../../src/guest/linux/settings.ts";
import { SETTINGS } from "../../../support/linux_settings.ts";

Deno.test("the settings are one NAME=value on each line, from the format to END", () => {
  const variables = new Map([["AWS_NOTE", `a=b "c" \\ END`], ["AWS_EMPTY", ""]]);
  assert.equal(
    linuxSettings({ ...SETTINGS, tokenReaders: "group:aws", variables }),
    `FORMAT=2
MOUNT_TAG=aws-iam-token
MOUNT_PATH=/aws-iam-token
TOKEN_NAME=token
TOKEN_READERS=group:aws
AWS_NOTE=a=b "c" \\ END
AWS_EMPTY=
END
`,
  );
});
