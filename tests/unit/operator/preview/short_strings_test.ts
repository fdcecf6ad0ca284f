import assert from "node:assert/strict";
import { withShortStrings } from "../../../../src/operator/preview/short_strings.ts";

Deno.test("each OEM string is on a line of its own, and one of another program stays whole", () => {
  const strings = "<entry>eks-irsa-sidecar:gzip=abcd</entry><entry>own=abcd</entry>";
  assert.deepEqual(
    withShortStrings([`+\t\t<oemStrings>${strings}</oemStrings>`, " \t</sysinfo>"]),
    [
      "+\t\t<oemStrings>",
      "+\t\t\t<entry>eks-irsa-sidecar:gzip=…</entry> (4 characters: the script with the settings)",
      "+\t\t\t<entry>own=abcd</entry>",
      "+\t\t</oemStrings>",
      " \t</sysinfo>",
    ],
  );
});
