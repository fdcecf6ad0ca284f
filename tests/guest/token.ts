import { Buffer } from "node:buffer";

// The stub of STS in the guest knows the same key (image/rootfs/opt/rig/sts_stub.py).
const KEY = "not a secret: it only tells a whole token from half a one";

/**
 * A token as the API server issues it to a service account, of the size of a real one. Its signature
 * tells a whole token from half a one; its `day` tells today's from yesterday's.
 *
 * @param audience STS for IRSA, EKS Auth for Pod Identity
 */
export async function makeToken(day: number, audience: string): Promise<string> {
  const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1_000);
  const body = `${json({ alg: "HS256", kid: "rig" })}.${
    json({
      aud: [audience],
      day,
      exp: now + 86_400,
      iat: now,
      iss: "https://oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF",
      "kubernetes.io": {
        namespace: "default",
        node: { name: "ip-10-0-0-1.eu-central-1.compute.internal", uid: crypto.randomUUID() },
        pod: { name: "virt-launcher-vm-abcde", uid: crypto.randomUUID() },
        serviceaccount: { name: "vm", uid: crypto.randomUUID() },
      },
      sub: "system:serviceaccount:default:vm",
    })
  }`;
  const key = await crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(KEY),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  );
  const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(body));
  return `${body}.${Buffer.from(signature).toString("base64url")}`;
}
