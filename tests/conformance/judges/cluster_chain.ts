import { Buffer } from "node:buffer";
import {
  type JsonObject,
  objectMember,
  objectsMember,
  stringMember,
} from "../../../src/text/json.ts";
import { TOKEN_FOLDER } from "../../support/admission_cases.ts";
import type { AppliedVm } from "../cluster/applied_vm.ts";
import { ask, type Case, expect } from "./judge.ts";

/** The volume of the token's folder that the policy adds. */
const SHARE = "web-identity";

/**
 * What has to hold of the VM that was applied, at each step of its way to the guest.
 *
 * @param filesystems of the domain, which are volumes of the VMI
 */
export async function chainCases(
  applied: AppliedVm,
  role: string,
  account: string,
  filesystems: readonly string[] = [SHARE],
): Promise<Case[]> {
  const { vmi, pod, sidecar, domain, cloudInit } = applied;
  const spec = objectMember(pod, "spec");
  return [
    await ask("chain: the VMI has the token's folder as a filesystem", () => {
      const volume = objectsMember(objectMember(vmi, "spec"), "volumes")
        .find(({ name }) => name === SHARE);
      const path = stringMember(objectMember(volume, "containerPath"), "path");
      expect(path === TOKEN_FOLDER, `the volume is ${JSON.stringify(volume)}`);
    }),
    await ask("chain: the pod runs as the VM's service account", () => {
      expect(spec?.serviceAccountName === account, `it runs as ${spec?.serviceAccountName}`);
    }),
    await ask("chain: the sidecar's container has the role", () => {
      const { env } = sidecar;
      expect(env.AWS_ROLE_ARN === role, `its variables are ${JSON.stringify(env)}`);
      expect(env.CONTAINER_NAME === sidecar.name, `its name is ${env.CONTAINER_NAME}`);
    }),
    await ask("chain: the virtiofs container shares the token's folder, and nothing else", () => {
      const container = containersOf(spec).find(({ name }) => name === `virtiofs-${SHARE}`);
      expect(container !== undefined, `there is none: ${namesOf(spec)}`);
      const shared = /--shared-dir=([^"]*)/.exec(JSON.stringify(container.args))?.[1];
      const mount = objectsMember(container, "volumeMounts")
        .find(({ mountPath }) => mountPath === shared);
      expect(mount?.name === "aws-iam-token", `${shared} is ${JSON.stringify(mount)}`);
    }),
    await ask(
      `chain: the domain has the filesystems of KubeVirt's converter: ${filesystems.join(", ")}`,
      () => {
        const before = filesystemsIn(domain.given);
        const after = filesystemsIn(domain.returned);
        const tags = before.map((text) => /<target dir="([^"]*)">/.exec(text)?.[1]);
        expect(tags.join() === filesystems.join(), `the converter wrote ${before.join()}`);
        expect(before.join() === after.join(), `they are ${after.join()}`);
        expect(domain.returned.includes('<access mode="shared">'), "its memory is not shared");
      },
    ),
    await ask("chain: the cloud-init data has the owner's user data and the role", () => {
      expect(cloudInit !== undefined, "there are none");
      const { given, returned } = cloudInit;
      const carried = withBase64Decoded(returned.UserData);
      expect(carried.includes(given.UserData), "the owner's user data is gone");
      expect(carried.includes(role), "the role is not in it");
      expect(carried.includes(SHARE), "the share is not in it");
    }),
  ];
}

function containersOf(spec: JsonObject | undefined): readonly JsonObject[] {
  return [...objectsMember(spec, "containers"), ...objectsMember(spec, "initContainers")];
}

function namesOf(spec: JsonObject | undefined): string {
  return containersOf(spec).map(({ name }) => name).join(", ");
}

/** The variables that the settings in user data have: `NAME=value` lines. */
export function settingsIn(userData: string): Readonly<Record<string, string>> {
  const lines = withBase64Decoded(userData).matchAll(/^(AWS_[A-Z_]+)=(.*)$/gm);
  return Object.fromEntries(Array.from(lines, ([, name = "", value = ""]) => [name, value]));
}

/** A text, and behind it what its runs of base64 say. */
function withBase64Decoded(text: string): string {
  const runs = text.match(/(?:[A-Za-z0-9+/]{4,}={0,2}\n?)+/g) ?? [];
  return [text, ...runs.map((run) => Buffer.from(run, "base64").toString())].join("\n");
}

function filesystemsIn(domain: string): string[] {
  return Array.from(domain.matchAll(/<filesystem\b.*?<\/filesystem>/gs), ([text]) => text);
}
