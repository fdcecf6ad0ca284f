import { IRSA_ENVIRONMENT } from "../support/sidecar.ts";

/** Values that must never be spoken; each is found wherever it turns up. */
export const CANARIES = {
  token: "canary-token-Zm9ydHktdHdv",
  secretKey: "canary-secret-key-wJalrXUtnFEMI",
  sessionToken: "canary-session-token-IQoJb3JpZ2lu",
  userData: "canary-user-data-hunter2",
} as const;

const tokenFolder = Deno.makeTempDirSync({ prefix: "irsa-canary-" });
Deno.writeTextFileSync(`${tokenFolder}/token`, CANARIES.token);

/** The environment of every sidecar of this tier: it has a role, and secrets beside it. */
export const CANARY_ENVIRONMENT: Readonly<Record<string, string>> = {
  ...IRSA_ENVIRONMENT,
  AWS_WEB_IDENTITY_TOKEN_FILE: `${tokenFolder}/token`,
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: CANARIES.secretKey,
  AWS_SESSION_TOKEN: CANARIES.sessionToken,
};

/** User data with a canary in it. */
export const CANARY_USER_DATA = `#cloud-config\npassword: ${CANARIES.userData}\n`;

let utterances = 0;
let characters = 0;
const leaks: string[] = [];

/** What a canary looks like when it is logged: as it is, or hidden in base64 at any of its three offsets. */
const FORMS = Object.entries(CANARIES).flatMap(([name, value]) => [
  { name, form: value },
  ...[0, 1, 2].map((offset) => ({
    name: `${name} in base64`,
    // The outermost characters depend on what stands beside the value.
    form: btoa("x".repeat(offset) + value).slice(offset === 0 ? 0 : 4, -4),
  })),
]);

/** Takes note of something that the sidecar said: a log line, an error, a status message. */
export function heard(where: string, text: string): void {
  utterances++;
  characters += text.length;
  for (const { name, form } of FORMS) {
    if (text.includes(form)) leaks.push(`${where}: the ${name}: ${text.slice(0, 200)}`);
  }
}

/** Everything heard so far. */
export function canaryVerdict() {
  return { utterances, characters, leaks: [...leaks] };
}

/** Whether a text that holds a canary would have been noticed: the ear is tested too. */
export function wouldNotice(text: string): boolean {
  return FORMS.some(({ form }) => text.includes(form));
}

/** Removes the token's folder. */
export function forgetCanaries(): void {
  Deno.removeSync(tokenFolder, { recursive: true });
}
