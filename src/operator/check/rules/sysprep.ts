import { WINDOWS_SCRIPT_NAME } from "../../../guest/windows/guest.ts";
import { windowsSettings } from "../../../guest/windows/settings.ts";
import { decodeBase64 } from "../../../text/base64.ts";
import { asObject, type JsonObject, member, objectMember } from "../../../text/json.ts";
import { titleOf } from "../../manifest/manifest.ts";
import { sysprepKeys, sysprepValue } from "../../manifest/sysprep.ts";
import { sysprepScript } from "../../manifest_plan/sysprep_script.ts";
import type { CheckContext } from "../check_context.ts";
import { givenRole } from "../role.ts";
import type { Rule } from "../rule.ts";
import { scriptVolume } from "../sysprep_volume.ts";

const UNATTEND_FILE = /^(auto)?unattend\.xml$/i;

/** The script on the CD of a sysprep volume. */
export const SYSPREP_RULES: readonly Rule[] = [
  {
    code: "sysprep-script-missing",
    severity: "warning",
    looksAt: "The user data and the guest",
    summary:
      "a sysprep volume and no cloud-init, and its ConfigMap or Secret has no script of ours",
    find(context) {
      const manifest = scriptVolume(context)?.manifest;
      if (manifest === undefined || sysprepKeys(manifest).includes(WINDOWS_SCRIPT_NAME)) return [];
      return [{
        manifest,
        path: ["data"],
        what: `${titleOf(manifest)} has no key ${WINDOWS_SCRIPT_NAME}.`,
        why:
          "Without a cloud-init volume the guest gets its role by this file on the CD of the sysprep volume.",
        fix: "Add what eks-irsa-sidecar sysprep prints as this key, or set up the guest yourself.",
      }];
    },
  },
  {
    code: "sysprep-script-not-run",
    severity: "warning",
    looksAt: "The user data and the guest",
    summary: "the script is on the sysprep CD, and no unattend file there runs it",
    find(context) {
      const manifest = scriptVolume(context)?.manifest;
      if (manifest === undefined) return [];
      const keys = sysprepKeys(manifest);
      const answerFiles = keys.filter((key) => UNATTEND_FILE.test(key));
      const isRun = answerFiles.some((key) => textOf(manifest, key)?.includes(WINDOWS_SCRIPT_NAME));
      const [first] = answerFiles;
      if (isRun || first === undefined || !keys.includes(WINDOWS_SCRIPT_NAME)) return [];
      return [{
        manifest,
        path: sysprepValue(manifest, first)?.path ?? ["data"],
        what: `No answer file in ${titleOf(manifest)} runs the script: ${answerFiles.join(", ")}.`,
        why:
          "Windows runs nothing of the CD by itself. Without a first run there is no task that looks at it.",
        fix:
          "Run in the pass specialize what eks-irsa-sidecar sysprep --output command prints. If an unattend file " +
          "in the image does so, ignore this warning.",
      }];
    },
  },
  {
    code: "sysprep-script-stale",
    severity: "warning",
    looksAt: "The user data and the guest",
    summary: "the script on the sysprep CD names another role or other settings than today's",
    find(context) {
      const manifest = scriptVolume(context)?.manifest;
      const value = manifest && sysprepValue(manifest, WINDOWS_SCRIPT_NAME);
      if (manifest === undefined || value === undefined) return [];
      const differences = differencesFrom(context, decode(value.bytes));
      if (differences.length === 0) return [];
      return [{
        manifest,
        path: value.path,
        what: `${WINDOWS_SCRIPT_NAME} in ${titleOf(manifest)} is not today's: ${
          differences.join(", ")
        }.`,
        why:
          "Nothing but this file tells a guest without cloud-init its role. The guest goes on with what is in it.",
        fix:
          "Replace it by what eks-irsa-sidecar sysprep prints today, and restart the VM with virtctl restart.",
      }];
    },
  },
];

/** What in a script is not as it would be today, each as a clause. The region is in no manifest. */
function differencesFrom(context: CheckContext, text: string): readonly string[] {
  const roleArn = givenRole(context)?.arn;
  const { kind, tokenFolder, tokenName } = context.identity;
  const today = sysprepScript(
    context.virtualMachine,
    { kind, roleArn, region: undefined, tokenFile: `${tokenFolder}/${tokenName}` },
    context.manifests,
  );
  // The rules on the args say why there is none.
  if (today.kind !== "script") return [];
  const found = settingsIn(text);
  if (found === undefined) return ["it holds no settings of the script"];
  const expected = asObject(JSON.parse(windowsSettings(today.settings))) ?? {};
  const fields = Object.keys(expected).filter((name) => name !== "variables");
  return [
    ...fields.filter((name) => member(found, name) !== member(expected, name)),
    ...variablesIn(expected).flatMap(([name, value]) => {
      const isUnknown = ["AWS_REGION", "AWS_DEFAULT_REGION"].includes(name) ||
        name === "AWS_ROLE_ARN" && roleArn === undefined;
      return isUnknown || member(objectMember(found, "variables"), name) === value ? [] : [name];
    }),
  ].map((name) => `another ${name}`).concat(
    scriptIn(text) === scriptIn(today.text) ? [] : ["the script of another release"],
  );
}

function variablesIn(settings: JsonObject): readonly (readonly [string, unknown])[] {
  return Object.entries(objectMember(settings, "variables") ?? {});
}

const SETTINGS_LINE = /^#eks-irsa-settings: (\S+)\s*$/m;

function settingsIn(text: string): JsonObject | undefined {
  const bytes = decodeBase64(SETTINGS_LINE.exec(text)?.[1] ?? "");
  try {
    return bytes && asObject(JSON.parse(decode(bytes)));
  } catch {
    return undefined;
  }
}

/** The lines of a script before its settings, whatever their ends are. */
function scriptIn(text: string): string {
  return (text.replaceAll("\r\n", "\n").split(SETTINGS_LINE)[0] ?? "").trim();
}

function textOf(...place: Parameters<typeof sysprepValue>): string | undefined {
  const value = sysprepValue(...place);
  return value && decode(value.bytes);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
