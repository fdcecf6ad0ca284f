import assert from "node:assert/strict";
import { rehearse } from "../../src/hooks/rehearsal.ts";
import { captureIdentity } from "../../src/identity/identity.ts";

const CONTEXT = {
  identity: captureIdentity({
    AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/orders",
    AWS_WEB_IDENTITY_TOKEN_FILE: "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
  }),
  os: undefined,
  mountPath: undefined,
  webhookShare: { tag: "aws-iam-token", socket: "/run/aws-iam-token.sock" },
  tokenReaders: "everyone",
} as const;

async function rehearsed(isQuiet: () => boolean): Promise<readonly string[]> {
  const lines: string[] = [];
  await rehearse(CONTEXT, isQuiet, (line) => lines.push(line));
  return lines.map((line) => {
    const { level, hook, msg } = JSON.parse(line);
    return `${level} ${hook}: ${msg}`;
  });
}

Deno.test("a rehearsal goes the whole way of both hooks, time and again", async () => {
  const lines = await rehearsed(() => true);
  assert.ok(lines.length >= 40, `${lines.length} calls were rehearsed`);
  assert.deepEqual(
    new Set(lines),
    new Set([
      "info PreCloudInitIso: The guest gets the role through its cloud-init data.",
      "info OnDefineDomain: The domain has the virtiofs device and shared memory now.",
    ]),
  );
});

Deno.test("a rehearsal ends when somebody comes", async () => {
  let asked = 0;
  const lines = await rehearsed(() => ++asked <= 4);
  assert.ok(lines.length > 0 && lines.length <= 4, `${lines.length} calls were rehearsed`);
});
