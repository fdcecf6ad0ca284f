import assert from "node:assert/strict";
import { linuxGuest } from "../../../src/guest/linux/guest.ts";
import { guestVariables } from "../../../src/guest/variables.ts";
import { windowsGuest } from "../../../src/guest/windows/guest.ts";
import { captureIdentity, type Identity } from "../../../src/identity/identity.ts";

const TOKEN_FILE = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token";

function identityWith(variables: Record<string, string>): Identity {
  const identity = captureIdentity({ AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN_FILE, ...variables });
  assert(identity !== undefined);
  return identity;
}

Deno.test("the token file is rewritten to where the guest finds it", () => {
  const identity = identityWith({ AWS_REGION: "eu-west-1" });
  const { variables, leftOut } = guestVariables(identity, linuxGuest);
  assert.deepEqual(Object.fromEntries(variables), {
    AWS_REGION: "eu-west-1",
    AWS_WEB_IDENTITY_TOKEN_FILE: "/run/aws-iam-token/token",
  });
  assert.deepEqual(leftOut, []);
});

/** A variable, and which guests can hold it exactly. */
const VARIABLES: readonly (readonly [string, string, { linux: boolean; windows: boolean }])[] = [
  ["AWS_X", "plain", { linux: true, windows: true }],
  ["AWS_X", `with spaces, "quotes" and $dollar`, { linux: true, windows: true }],
  ["AWS_X", "it's", { linux: true, windows: true }],
  ["AWS_X", "it's $5", { linux: false, windows: true }],
  ["AWS_X", `it's "5"`, { linux: false, windows: true }],
  ["AWS_X", "it's `5`", { linux: false, windows: true }],
  ["AWS_X", "it's \\5", { linux: false, windows: true }],
  ["AWS_X", "naïve 😀", { linux: true, windows: true }],
  ["AWS_X", "back\\slash", { linux: true, windows: true }],
  ["AWS_X", "ends in \\", { linux: true, windows: true }],
  ["AWS_X", "a#b", { linux: false, windows: true }],
  ["AWS_X", "a\nb", { linux: false, windows: false }],
  ["AWS_X", "a\0b", { linux: false, windows: false }],
  ["AWS_X", "a\tb", { linux: false, windows: false }],
  ["AWS_X", "\ud800", { linux: false, windows: false }],
  ["AWS_X", "\ufdd0", { linux: false, windows: true }],
  ["AWS_X", "\ufdef", { linux: false, windows: true }],
  ["AWS_X", "\ufdf0", { linux: true, windows: true }],
  ["AWS_X", "\ufffe", { linux: false, windows: true }],
  ["AWS_X", "a\u{10ffff}b", { linux: false, windows: true }],
  ["AWS_X", "\ufffd", { linux: true, windows: true }],
  ["AWS_X", "", { linux: true, windows: false }],
  ["AWS_X", "x".repeat(1010), { linux: true, windows: true }],
  ["AWS_X", "x".repeat(1014), { linux: true, windows: true }],
  ["AWS_X", "x".repeat(1015), { linux: false, windows: true }],
  ["AWS_X", "é".repeat(508), { linux: false, windows: true }],
  ["AWS_X", "x".repeat(1200), { linux: false, windows: true }],
  ["AWS_X", "x".repeat(32_766), { linux: false, windows: true }],
  ["AWS_X", "x".repeat(32_767), { linux: false, windows: false }],
  [`AWS_${"X".repeat(1_010)}`, "", { linux: true, windows: false }],
  [`AWS_${"X".repeat(1_019)}`, "x", { linux: false, windows: true }],
  [`AWS_${"X".repeat(1_020)}`, "x", { linux: false, windows: false }],
  ["AWS_x", "lower case", { linux: true, windows: false }],
  ["AWS_", "no name", { linux: false, windows: false }],
  ["AWS_A-AWS_B", "no shell's name", { linux: false, windows: false }],
  ["AWS_A-B", "no shell's name", { linux: false, windows: false }],
  ["AWS_A;reboot", "no name at all", { linux: false, windows: false }],
];

for (const [name, value, held] of VARIABLES) {
  for (const [os, guest] of Object.entries({ linux: linuxGuest, windows: windowsGuest })) {
    const expected = held[os === "linux" ? "linux" : "windows"];
    const shown = JSON.stringify(value).slice(0, 30);
    Deno.test(`${os} ${expected ? "holds" : "leaves out"} ${name.slice(0, 30)}=${shown} of ${value.length}`, () => {
      const { variables, leftOut } = guestVariables(identityWith({ [name]: value }), guest);
      assert.equal(variables.get(name), expected ? value : undefined);
      assert.deepEqual(leftOut.map(({ variable }) => variable), expected ? [] : [name]);
    });
  }
}
