import assert from "node:assert/strict";
import { isRoleArn, isRoleName } from "../../../src/identity/role_arn.ts";

const ROLE = "arn:aws:iam::111122223333:role/";

const ARNS: readonly (readonly [string, boolean])[] = [
  [`${ROLE}vm-reader`, true],
  [`${ROLE}team/sub-team/vm-reader`, true],
  [`${ROLE}a_b+c=d,e.f@g-1`, true],
  [`${ROLE}${"x".repeat(64)}`, true],
  ["arn:aws-us-gov:iam::111122223333:role/vm-reader", true],
  [ROLE, false],
  [`${ROLE}team/`, false],
  [`${ROLE}te am/vm-reader`, false],
  [`${ROLE}vm reader`, false],
  [`${ROLE}${"x".repeat(65)}`, false],
  [` ${ROLE}vm-reader`, false],
  [`${ROLE}vm-reader\n`, false],
  ["arn:aws:iam::11112222333:role/vm-reader", false],
  ["arn:aws:iam::1111222233334:role/vm-reader", false],
  ["arn:aws:iam::111122223333:user/vm-reader", false],
  ["arn:AWS:iam::111122223333:role/vm-reader", false],
];

for (const [text, isArn] of ARNS) {
  Deno.test(`${JSON.stringify(text)} is ${isArn ? "the" : "no"} ARN of a role`, () => {
    assert.equal(isRoleArn(text), isArn);
  });
}

const NAMES: readonly (readonly [string, boolean])[] = [
  ["vm-reader", true],
  ["team/vm-reader", true],
  ["/team/vm-reader", false],
  [`${ROLE}vm-reader`, false],
  ["vm:reader", false],
  ["vm reader", false],
  ["", false],
];

for (const [text, isName] of NAMES) {
  Deno.test(`${JSON.stringify(text)} is ${isName ? "the" : "no"} name of a role`, () => {
    assert.equal(isRoleName(text), isName);
  });
}
