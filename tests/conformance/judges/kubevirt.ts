import { Buffer } from "node:buffer";
import { ensurePrograms } from "../install/debian_packages.ts";
import { type HookManagerProgram, hookManagerPrograms } from "../install/kubevirt_manager.ts";
import { HookManager } from "./hook_manager.ts";
import { ask, type Case, expect, type Judge } from "./judge.ts";
import { LIFE_CASES } from "./kubevirt_life_cases.ts";
import { pluginCases } from "./kubevirt_plugin_cases.ts";
import { Pod } from "./pod.ts";
import { filesOf } from "./user_data_corpus.ts";
import { vmiWith } from "./vmi.ts";

/** KubeVirt's own hook manager, in two releases: does it accept what the sidecar returns? */
export const kubevirt: Judge = {
  name: "kubevirt",
  async judge(bench) {
    await ensurePrograms({ unshare: "util-linux", mount: "mount" });
    const verdicts = [];
    for (const release of await hookManagerPrograms(bench)) {
      const { version, program, pluginsProgram, hookFolder } = release;
      bench.progress(`KubeVirt ${version}: drive the sidecar`);
      const cases = await userDataCases(release);
      cases.push(...await domainCases(release, `${bench.repository}/tests/conformance/domains`));
      for (const { name, judge } of LIFE_CASES) {
        cases.push(
          await ask(name, async () => {
            await using pod = await Pod.create(hookFolder);
            await judge(pod, new HookManager(pod, program));
          }),
        );
      }
      verdicts.push({ judge: "KubeVirt's hook manager", version, cases });
      if (pluginsProgram === undefined) continue;
      bench.progress(`KubeVirt ${version}: run its Plugins on what the sidecar returns`);
      verdicts.push({
        judge: "KubeVirt's Plugins",
        version,
        cases: await pluginCases(release, pluginsProgram, bench),
      });
    }
    return verdicts;
  },
};

const CLOUD_CONFIG = "#cloud-config\npackages: [awscli]\n";
const ONE_MEBIBYTE = CLOUD_CONFIG + "# 0123456789abcdef 0123456789 ☕\n".repeat(32_000);
/** User data that fits into virt-launcher's limit in one form, and not in both. */
const MESSAGE_OF_QUOTES = "MIME-Version: 1.0\nContent-Type: text/cloud-config\n\n#" +
  '"'.repeat(1 << 20);
/** gzip of a cloud-config. It is not UTF-8, so KubeVirt's JSON damages it in the request. */
const GZIPPED = "H4sIAAAAAAACA1NOzskvTdFNzs9Ly0znKkhMzk5MTy22UohOLC9OzsmM5QIAha2u2yEAAAA=";

const USER_DATA: Readonly<Record<string, Record<string, string>>> = {
  "cloud-config": { userData: CLOUD_CONFIG, networkData: "version: 2\n" },
  "user data as base64": { userDataBase64: btoa(CLOUD_CONFIG) },
  "network data only": { networkData: "version: 2\nethernets: {eth0: {dhcp4: true}}\n" },
  "1 MiB of user data": { userData: ONE_MEBIBYTE },
  "1 MiB of quotes in a message": { userData: MESSAGE_OF_QUOTES },
  "gzip": { userDataBase64: GZIPPED, networkData: "version: 2\n" },
};

/** Every kind of user data, with both data sources. */
async function userDataCases({ program, hookFolder }: HookManagerProgram): Promise<Case[]> {
  await using pod = await Pod.create(hookFolder);
  await pod.startSidecar({ name: "hook-sidecar-0" });
  const manager = new HookManager(pod, program);
  const cases = [await ask("collect", () => manager.collect(1))];
  for (const source of ["cloudInitNoCloud", "cloudInitConfigDrive"]) {
    for (const [kind, content] of Object.entries(USER_DATA)) {
      cases.push(
        await ask(`${source}: ${kind}`, async () => {
          const given = await manager.preCloudInitIso(vmiWith({ [source]: content }));
          expect(given.valid, "IsValidCloudInitData says no");
          expect(
            JSON.stringify(withoutUserData(given.before)) ===
              JSON.stringify(withoutUserData(given.after)),
            "another field than the user data was changed",
          );
          const after = given.userDataAfter.toString();
          expect(
            after.startsWith("MIME-Version: 1.0\n"),
            `the user data is: ${after.slice(0, 60)}`,
          );
          const carried = given.userDataBefore.length === 0 ||
            after.includes(`\n${given.userDataBefore}`) ||
            after.replaceAll("\n", "").includes(given.userDataBefore.toString("base64")) ||
            after.replaceAll("\n", "").includes(unpackedInBase64(given.userDataBefore));
          expect(carried, "the owner's user data is not in it");
        }),
      );
    }
  }
  return cases;
}

/** The owner's user data, which the sidecar may have unpacked. */
function unpackedInBase64(userData: Buffer): string {
  return userData.toString("base64") === GZIPPED
    ? Buffer.from(CLOUD_CONFIG).toString("base64")
    : userData.toString("base64");
}

function withoutUserData(data: object): object {
  return { ...data, UserData: undefined };
}

/** Every domain of the corpus, as KubeVirt itself writes it after reading it into a DomainSpec. */
async function domainCases(
  { program, hookFolder }: HookManagerProgram,
  folder: string,
): Promise<Case[]> {
  await using pod = await Pod.create(hookFolder);
  await pod.startSidecar({ name: "hook-sidecar-0" });
  const manager = new HookManager(pod, program);
  await manager.collect(1);
  const vmi = vmiWith({ cloudInitNoCloud: { userData: CLOUD_CONFIG } });
  const cases: Case[] = [];
  for (const file of await filesOf(folder)) {
    if (!file.endsWith(".domain")) continue;
    cases.push(
      await ask(`onDefineDomain: ${file}`, async () => {
        const domain = await Deno.readTextFile(`${folder}/${file}`);
        const given = await manager.onDefineDomain(vmi, domain);
        const [kept, ours] = [given.filesystems.slice(0, -1), given.filesystems.slice(-1)];
        expect(
          JSON.stringify(kept) === JSON.stringify(given.sentFilesystems) &&
            JSON.stringify(ours).includes('"aws-iam-token"'),
          `its DomainSpec has the file systems ${JSON.stringify(given.filesystems)}`,
        );
        // All but the file systems: the memory is shared, and the hugepages have not changed. KubeVirt has no field
        // for the OEM strings.
        expect(given.expectedRest !== "", "no DomainSpec came back");
        const difference = firstDifference(
          given.expectedRest,
          withoutSmbios(given.rest, given.expectedRest),
        );
        expect(difference === undefined, `its DomainSpec: ${difference}`);
        expect(!/="private"/.test(given.domain), "some of its memory is still private");
      }),
    );
  }
  return cases;
}

/** The DomainSpec without the SMBIOS that was added for the OEM strings. */
function withoutSmbios(rest: string, expected: string): string {
  return expected.includes("<smbios ") || expected.includes("<sysinfo ")
    ? rest
    : rest.replace(/\t*<smbios mode="sysinfo"><\/smbios>\n/, "")
      .replace(/\t*<sysinfo type="smbios">[^]*?<\/sysinfo>\n/, "");
}

/** A sentence about the first line that differs, or undefined. */
function firstDifference(expected: string, found: string): string | undefined {
  const [wanted, got] = [expected.split("\n"), found.split("\n")];
  const index = wanted.findIndex((line, number) => line !== got[number]);
  if (index >= 0) return `line ${index + 1} should be ${wanted[index]} and is ${got[index]}`;
  return wanted.length === got.length
    ? undefined
    : `it has ${got.length - wanted.length} lines more`;
}
