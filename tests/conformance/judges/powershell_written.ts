import { IRSA_ENVIRONMENT } from "../../support/sidecar.ts";
import { INSTALLED, PUBLISHED, type RecordedMachine, SHARE } from "./powershell_machine.ts";

/** User data that the sidecar wrote: raw, as it is on the disk, and our part of it. */
export interface UserData {
  readonly userData: string;
  readonly part: string;
}

/** What the scenarios are given: the sidecar's user data of a first and of a later day. */
export interface Written {
  readonly first: UserData;
  readonly later: UserData;
  /** That of a pod with EKS Pod Identity. */
  readonly podIdentity: UserData;
  /** The same as the first, with the share mounted in a folder of which no part is there. */
  readonly nested: UserData;
  readonly sysprep: SysprepFiles;
}

/** What the command sysprep prints: the script for a first and for a later role, and the command that runs it. */
export interface SysprepFiles {
  readonly first: string;
  readonly later: string;
  readonly command: string;
}

/** Runs on a machine of its own. */
export type Scenario = (machine: RecordedMachine, written: Written) => Promise<void>;

/** Values that would end a string, start a command or name another variable, were they ever code. */
export const AWKWARD: Readonly<Record<string, string>> = {
  ...IRSA_ENVIRONMENT,
  AWS_QUOTES: `"double" 'single' \u2018curly\u2019 @"here"@`,
  AWS_CODE: "$(calc) $env:PATH ${x} `n; & calc | calc # %PATH% %~dp0",
  AWS_TEXT: "\u{1F680} \u00e9\u00df\u4e2d <&> \\ \\\\server\\",
  AWS_DATE: "2026-11-24T20:14:05.000Z",
};

/** The environment of a later day, with another role and fewer variables. */
export const LATER: Readonly<Record<string, string>> = {
  ...IRSA_ENVIRONMENT,
  AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/another",
};

/** The machine's variables after a run. */
export const variablesOf = (environment: Readonly<Record<string, string>>) => ({
  ...environment,
  AWS_WEB_IDENTITY_TOKEN_FILE: PUBLISHED,
});

/** The region and the roles of the scripts for a sysprep volume. */
export const SYSPREP_REGION = "eu-west-1";
export const SYSPREP_ROLE = "arn:aws:iam::111122223333:role/vm";
export const SYSPREP_LATER_ROLE = "arn:aws:iam::111122223333:role/another";

/** The machine's variables by such a script. */
export const sysprepVariables = (role: string) => ({
  AWS_DEFAULT_REGION: SYSPREP_REGION,
  AWS_REGION: SYSPREP_REGION,
  AWS_ROLE_ARN: role,
  AWS_STS_REGIONAL_ENDPOINTS: "regional",
  AWS_WEB_IDENTITY_TOKEN_FILE: PUBLISHED,
});

export const TASK = {
  name: "eks-irsa-sidecar",
  action: "C:\\windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe -NoProfile " +
    `-NonInteractive -ExecutionPolicy Bypass -File "${INSTALLED}"`,
  triggers: ["at startup", "every 10 minutes"],
  user: "S-1-5-18",
  settings: "0 True True True IgnoreNew",
};

/** How the launcher is asked. */
export const START = `start eks-irsa-sidecar token aws-iam-token ${SHARE}`;
export const STOP = "stop eks-irsa-sidecar token";

/** What the launcher was asked to do: what it was asked about is left out. */
export const orders = (launched: readonly string[]) =>
  launched.filter((line) => !line.startsWith("info "));

/** The names of the kubelet's dated folders. */
export const OLD = "..2026_11_24_20_14_05.1";
export const NEW = "..2026_11_25_16_14_05.2";

/** Somebody else's user data on a disk with the same label. */
export const SEED = "#cloud-config\nautoinstall: {}\n";

/** A web identity token that is good until the year 2100, or another second of Unix time. */
export function token(name: string, expiry = 4_102_444_800): string {
  const encode = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    });
  return `${encode({ alg: "RS256" })}.${encode({ jti: name, exp: expiry })}.c2lnbmF0dXJl`;
}

/** The second of 2020 that is long past. */
export const PAST = 1_577_836_800;
