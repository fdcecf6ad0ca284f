import assert from "node:assert/strict";
import { isSecretVariable } from "../../../src/identity/secret_variables.ts";

const SECRETS = [
  "AWS_SECRET_ACCESS_KEY",
  "AWS_ACCESS_KEY_ID",
  "AWS_SESSION_TOKEN",
  "AWS_PROXY_PASSWORD",
  "AWS_app_secret",
  "AWS_TOKEN_PATHS",
];
const OTHERS = [
  "AWS_REGION",
  "AWS_ROLE_ARN",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_SECRET_PATH",
  "AWS_Token_Dir",
];

for (const name of [...SECRETS, ...OTHERS]) {
  const isSecret = SECRETS.includes(name);
  Deno.test(`${name} is ${isSecret ? "a" : "no"} secret`, () => {
    assert.equal(isSecretVariable(name), isSecret);
  });
}
