import { IRSA_ENVIRONMENT } from "../support/sidecar.ts";

/** Secrets that must never be in any output. Each is a text that occurs nowhere else. */
export const CANARIES = {
  token: "canary-token-Zm9ydHktdHdv",
  secretKey: "canary-secret-key-wJalrXUtnFEMI",
  sessionToken: "canary-session-token-IQoJb3JpZ2lu",
  userData: "canary-user-data-hunter2",
} as const;

const tokenFolder = Deno.makeTempDirSync({ prefix: "irsa-canary-" });
Deno.writeTextFileSync(`${tokenFolder}/token`, CANARIES.token);

/** The environment of every sidecar of this tier: it has a role, and canaries as credentials. */
export const CANARY_ENVIRONMENT: Readonly<Record<string, string>> = {
  ...IRSA_ENVIRONMENT,
  AWS_WEB_IDENTITY_TOKEN_FILE: `${tokenFolder}/token`,
  AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
  AWS_SECRET_ACCESS_KEY: CANARIES.secretKey,
  AWS_SESSION_TOKEN: CANARIES.sessionToken,
};

/** User data with a canary in it. */
export const CANARY_USER_DATA = `#cloud-config\npassword: ${CANARIES.userData}\n`;

let messages = 0;
let characters = 0;
const leaks: string[] = [];

/** The forms in which a canary may be in an output: plain, or in base64 at any of the three offsets. */
const FORMS = Object.entries(CANARIES).flatMap(([name, value]) => [
  { name, form: value },
  ...[0, 1, 2].map((offset) => ({
    name: `${name} in base64`,
    // The first and last characters depend on the bytes around the value.
    form: btoa("x".repeat(offset) + value).slice(offset === 0 ? 0 : 4, -4),
  })),
]);

/** Looks for canaries in an output of the sidecar, such as a line of the log or a status message. */
export function recordOutput(where: string, text: string): void {
  messages++;
  characters += text.length;
  for (const { name, form } of FORMS) {
    if (text.includes(form)) leaks.push(`${where}: the ${name}: ${text.slice(0, 200)}`);
  }
}

/** The canaries that were found so far, and how much output was searched. */
export function canaryResult() {
  return { messages, characters, leaks: [...leaks] };
}

/** Whether a text contains a canary. */
export function containsCanary(text: string): boolean {
  return FORMS.some(({ form }) => text.includes(form));
}

/** Removes the token's folder. */
export function removeTokenFolder(): void {
  Deno.removeSync(tokenFolder, { recursive: true });
}
