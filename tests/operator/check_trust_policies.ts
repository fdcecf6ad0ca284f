import assert from "node:assert/strict";
import { formatPath } from "../../src/operator/manifest/path.ts";
import { beside, type Edit } from "./edit.ts";
import { findingsOf } from "./findings.ts";

/** The issuer of an EKS cluster. */
export const ISSUER = "oidc.eks.us-east-1.amazonaws.com/id/THIS";

/** A statement that lets the account's provider assume the role under some conditions. */
export const statement = (
  condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  providers: readonly string[] = [ISSUER],
  account = "111122223333",
) => ({
  Effect: "Allow",
  Principal: {
    Federated: providers.map((issuer) => `arn:aws:iam::${account}:oidc-provider/${issuer}`),
  },
  Action: "sts:AssumeRoleWithWebIdentity",
  Condition: condition,
});

/** A trust policy of some statements. */
export const policy = (...statements: readonly unknown[]) =>
  beside({ Version: "2012-10-17", Statement: statements });

/** What a trust policy is like, the policy, and what is found: the code and the place, and words. */
export type TrustCase = readonly [string, Edit, string | undefined, ...RegExp[]];

const CODES = ["trust-policy-issuer", "trust-policy-subject", "token-audience"];

/** A test of each trust policy, in which at most one mistake is found. */
export function testTrust(cases: readonly TrustCase[]): void {
  for (const [what, edit, found, ...words] of cases) {
    Deno.test(`a trust policy with ${what}: ${found ?? "nothing wrong"}`, () => {
      const texts = findingsOf(edit).filter(({ code }) => CODES.includes(code))
        .map(({ code, path, what }) => `${code} ${formatPath(path)}: ${what}`);
      assert.equal(texts.length, found === undefined ? 0 : 1, texts.join("\n"));
      assert.ok(texts.every((text) => text.startsWith(found ?? "")), texts.join());
      for (const word of words) assert.match(texts.join(), word);
    });
  }
}
