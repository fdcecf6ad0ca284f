import assert from "node:assert/strict";
import { systemReason } from "../../../src/text/system_error.ts";

const withCode = (code: unknown) => Object.assign(new Error("Deno's own words"), { code });

Deno.test("the system's reason is in the words that people search for", async () => {
  const missing = await Deno.open("/no/such/file").catch((error: unknown) => error);
  assert.equal(systemReason(missing), "no such file or directory");
  assert.equal(systemReason(withCode("EACCES")), "permission denied");
});

Deno.test("a reason without words is named by its code", () => {
  assert.equal(systemReason(withCode("EXDEV")), "the system reports EXDEV");
});

Deno.test("an error that is not the system's has no such reason", () => {
  for (const error of [undefined, "a text", new Error("another"), withCode(7), { code: "EPERM" }]) {
    assert.equal(systemReason(error), undefined);
  }
});
