import fc from "fast-check";
import {
  captureIdentity,
  type IdentityKind,
  TOKEN_FILE_VARIABLES,
} from "../../../src/identity/identity.ts";
import { identityNotes } from "../../../src/identity/notes.ts";
import type { GuestOs } from "../../../src/kubevirt/guest_os.ts";
import { settingsIn } from "../../support/guest_part.ts";
import { POD_IDENTITY_ENVIRONMENT, sharingPodIdentity } from "../../support/pod_identity.ts";
import { ensure, type Report } from "../item.ts";
import { CASES, holds } from "../random.ts";
import type { Judge } from "../readers/judge.ts";
import { posixShells, runBoothook } from "../readers/linux_guest.ts";
import { readAsPam } from "../readers/pam_env.ts";
import { readAsPowerShell } from "../readers/powershell_settings.ts";
import { anyName, anyTokenFile, anyValue } from "./any_environment.ts";
import { cloudInit, cloudInitData, contextOf, userDataOf } from "./hook_call.ts";

const TOKEN_FILE = TOKEN_FILE_VARIABLES["web identity"];

/** What a pod of each kind has beside other variables, and its VMI. */
const KINDS = {
  "web identity": { environment: { [TOKEN_FILE]: "/t/token" }, vmi: {} },
  "pod identity": { environment: POD_IDENTITY_ENVIRONMENT, vmi: sharingPodIdentity().vmi },
} as const;

const anyKind = fc.constantFrom<IdentityKind>("web identity", "pod identity");

/** A run of the real boothook starts many processes, so each run gets many variables. */
const VARIABLES_PER_RUN = 250;

type Variables = readonly (readonly [string, string])[];

/** The properties of the identity, for any names and values of variables. */
export async function theIdentity(report: Report, judge: Judge): Promise<void> {
  await report.check(
    "identity: a Windows guest gets exactly those values, or a warning says why not",
    () =>
      holds(
        fc.asyncProperty(
          variablesOf(6),
          anyKind,
          (variables, kind) => windowsGetsThem(variables, judge, kind),
        ),
      ),
  );
  await report.check(
    "identity: a token's file is one that both guests are told exactly, or there is no role",
    () => holds(fc.asyncProperty(anyTokenFile, (file) => tokenFileIsTold(file, judge))),
  );
  for (const shell of await posixShells()) {
    const runs = Math.ceil(CASES / VARIABLES_PER_RUN);
    await report.check(
      `identity: boothook under ${
        shell.join(" ")
      }; sh, pam_env and systemd get exactly those values`,
      async () =>
        await holds(
          fc.asyncProperty(
            variablesOf(VARIABLES_PER_RUN),
            anyKind,
            (variables, kind) => linuxGetsThem(variables, shell, judge, kind),
          ),
          runs,
        ) * VARIABLES_PER_RUN,
    );
  }
}

function variablesOf(count: number): fc.Arbitrary<Variables> {
  return fc.array(fc.tuple(anyName, anyValue), {
    minLength: count > 10 ? count : 1,
    maxLength: count,
    size: "max",
  }).map((all) =>
    all.map(([name, value], index) =>
      // Names must be unique, and most are short: so each gets a number.
      count > 10 ? [name.replace("AWS_", `AWS_${index}_`), value] as const : [name, value] as const
    )
  );
}

/** A Windows guest gets each variable with its exact value, or a warning says that it does not get it. */
export async function windowsGetsThem(
  variables: Variables,
  judge: Judge,
  kind: IdentityKind = "web identity",
): Promise<void> {
  const { script, leftOut, environment } = await ourPart(variables, "windows", judge, kind);
  const { variables: got } = readAsPowerShell(script);
  compare(environment, got, leftOut, {
    [TOKEN_FILE_VARIABLES[kind]]: "C:\\ProgramData\\eks-irsa-sidecar\\token",
  });
}

/** The programs of a Linux guest get each variable with its exact value, or a warning says that they do not get it. */
export async function linuxGetsThem(
  variables: Variables,
  shell: readonly string[],
  judge: Judge,
  kind: IdentityKind = "web identity",
): Promise<void> {
  const { script, leftOut, environment } = await ourPart(variables, "linux", judge, kind);
  const guest = await runBoothook(script, shell);
  ensure(
    guest.strangers.length === 0,
    `A value became code: it made ${guest.strangers.join(", ")}.`,
  );
  const readings = {
    "a shell": guest.shell,
    systemd: guest.systemd,
    "pam_env of today": ofAws(readAsPam(guest.environment)),
    "pam_env up to 1.3.1": ofAws(readAsPam(guest.environment, 1024)),
  };
  for (const [reader, got] of Object.entries(readings)) {
    try {
      compare(environment, got, leftOut, {
        [TOKEN_FILE_VARIABLES[kind]]: "/run/aws-iam-token/token",
      });
    } catch (error) {
      throw new Error(`${reader}: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** A guest's script gets the exact name of the token's file, and can open such a file; or there is no role. */
export async function tokenFileIsTold(file: string, judge: Judge): Promise<void> {
  const name = file.slice(file.lastIndexOf("/") + 1);
  const identity = captureIdentity({ [TOKEN_FILE]: file });
  if (identity === undefined) {
    ensure(!/^\/([\w.]+\/)*\w+$/.test(file), "A plain token file is taken for no role.");
    ensure(
      identityNotes({ [TOKEN_FILE]: file }, identity)[0]?.level ===
        (file === "" ? "info" : "warning"),
      "No warning.",
    );
    return;
  }
  ensure(
    `${identity.tokenFolder}/${identity.tokenName}` === file,
    "Folder and name are not the file.",
  );
  for (const os of ["linux", "windows"] as const) {
    const { script } = await ourPart([[TOKEN_FILE, file]], os, judge);
    const { tokenName, tokenFile } = os === "windows"
      ? toldToPowerShell(script)
      : toldToShell(script);
    ensure(tokenName === name, `The guest is told ${JSON.stringify(tokenName)}.`);
    // Windows refuses such names.
    ensure(!/\.$|^$|[\\/:*?"<>|]|[^\x20-\x7e]/.test(name), "No file can have that name.");
    const published = os === "windows"
      ? "C:\\ProgramData\\eks-irsa-sidecar\\token"
      : "/run/aws-iam-token/token";
    ensure(tokenFile === published, "The variable is another.");
  }
}

function toldToPowerShell(script: string) {
  const { tokenName, variables } = readAsPowerShell(script);
  return { tokenName, tokenFile: variables.get(TOKEN_FILE) };
}

function toldToShell(script: string) {
  const { tokenName, variables } = settingsIn(script);
  return { tokenName, tokenFile: variables[TOKEN_FILE] };
}

async function ourPart(
  variables: Variables,
  os: GuestOs,
  judge: Judge,
  kind: IdentityKind = "web identity",
) {
  const { environment: ofKind, vmi } = KINDS[kind];
  const environment = { ...ofKind, ...Object.fromEntries(variables) };
  const answer = cloudInit(
    { cloudInitData: cloudInitData(""), vmi: JSON.stringify(vmi) },
    contextOf(environment, os),
  );
  ensure("result" in answer, () => `Refused: ${JSON.stringify(answer)}`);
  const reading = await judge.mime(userDataOf(answer.result));
  const content = atob(reading.children[0]?.[0]?.content ?? "");
  const warnings = answer.notes.filter(({ level }) => level === "warning").map(({ message }) =>
    message
  );
  const leftOut = new Set(
    Object.keys(environment).filter((name) =>
      warnings.some((warning) =>
        warning.startsWith(`The guest does not get the variable ${name}: `)
      )
    ),
  );
  return { script: content, leftOut, environment };
}

function compare(
  wanted: Readonly<Record<string, string>>,
  got: ReadonlyMap<string, string>,
  leftOut: ReadonlySet<string>,
  rewritten: Readonly<Record<string, string>>,
): void {
  for (const [name, captured] of Object.entries(wanted)) {
    const value = Object.hasOwn(rewritten, name) ? rewritten[name] : captured;
    if (leftOut.has(name)) {
      ensure(!got.has(name), `${JSON.stringify(name)} was to be left out.`);
    } else {
      ensure(
        got.get(name) === value,
        () =>
          `${JSON.stringify(name)} is ${JSON.stringify(got.get(name))}, not ${
            JSON.stringify(value)
          }.`,
      );
    }
  }
  for (const name of got.keys()) {
    ensure(Object.hasOwn(wanted, name), `Nobody set ${JSON.stringify(name)}.`);
  }
}

function ofAws(variables: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...variables].filter(([name]) => name.startsWith("AWS_")));
}
