import { startSidecar } from "../../support/sidecar.ts";
import { VirtLauncher } from "../../support/virt_launcher.ts";
import { ensurePrograms } from "../install/debian_packages.ts";
import { runProgram } from "../install/run_program.ts";
import { differenceOf } from "./domain_difference.ts";
import { ask, type Bench, expect, expectAtLeast, type Judge, JudgeMissing } from "./judge.ts";
import { readRefusals, type Refusal, refusalOf, thisMachineHas } from "./refusals.ts";
import { filesOf } from "./user_data_corpus.ts";
import { vmiWith } from "./vmi.ts";

/** The least number of domains for each architecture, so that the corpus cannot get lost unnoticed. */
const LEAST_DOMAINS = { x86_64: 20, arm64: 4, s390x: 5 };

/** The time for all domains of a folder together. */
const DEFINE_SECONDS = 300;

/** libvirt, with a daemon of the tier's own: schema, define, and what dumpxml shows afterwards. */
export const libvirt: Judge = {
  name: "libvirt",
  async judge(bench) {
    if (Deno.uid() !== 0) throw new JudgeMissing("its own libvirtd needs root");
    bench.progress("libvirt: install it, and QEMU for x86_64, arm64 and s390x");
    await ensurePrograms({
      libvirtd: "libvirt-daemon-system",
      virsh: "libvirt-clients",
      "virt-xml-validate": "libvirt-clients",
      xmllint: "libxml2-utils",
      "qemu-system-x86_64": "qemu-system-x86",
      "qemu-system-aarch64": "qemu-system-arm",
      "qemu-system-s390x": "qemu-system-misc",
      // libvirt accepts an emulated TPM only if both programs are installed.
      swtpm: "swtpm",
      swtpm_setup: "swtpm-tools",
      unshare: "util-linux",
      timeout: "coreutils",
    });
    bench.progress("libvirt: put the domains through the sidecar");
    const before = `${bench.cache}/domains/before`;
    const after = `${bench.cache}/domains/after`;
    const names = await putThroughSidecar(bench, before, after);
    for (const [architecture, least] of Object.entries(LEAST_DOMAINS)) {
      const found = names.filter((name) => name.startsWith(`${architecture}-`)).length;
      expectAtLeast(least, found, `domains for ${architecture}`);
    }
    bench.progress(`libvirt: define ${names.length} domains, before and after`);
    await defineAll(bench, before);
    await defineAll(bench, after);
    const refusals = readRefusals(
      await Deno.readTextFile(`${corpusOf(bench)}/refusals.yaml`),
      names,
    );
    const cases = [];
    const refused = [];
    for (const name of names) {
      const refusal = refusalOf(refusals, name, thisMachineHas);
      cases.push(
        await ask(name, () => sameVerdict(`${before}/${name}`, `${after}/${name}`, refusal)),
      );
      if (refusal !== undefined) refused.push(name);
    }
    const version = (await runProgram(["libvirtd", "--version"])).stdout.trim().split(" ").at(-1);
    return [{
      judge: "libvirt",
      version: version ?? "-",
      cases,
      ...(refused.length === 0 ? {} : {
        note: `refused here as refusals.yaml says, before as after: ${refused.join(", ")}`,
      }),
    }];
  },
};

function corpusOf({ repository }: Bench): string {
  return `${repository}/tests/conformance/domains`;
}

/** Writes every domain of the corpus as it was, and as the sidecar returns it. */
async function putThroughSidecar(bench: Bench, before: string, after: string): Promise<string[]> {
  const corpus = corpusOf(bench);
  for (const folder of [before, after]) {
    await Deno.remove(folder, { recursive: true }).catch(() => {});
    await Deno.mkdir(folder, { recursive: true });
  }
  await using sidecar = await startSidecar({ args: ["--log-level", "error"] });
  const launcher = new VirtLauncher(sidecar.socket);
  const vmi = vmiWith({ cloudInitNoCloud: { userData: "#cloud-config\n" } });
  const names: string[] = [];
  for (const file of await filesOf(corpus)) {
    if (!file.endsWith(".domain")) continue;
    const name = file.slice(0, -".domain".length);
    const domainXml = await Deno.readTextFile(`${corpus}/${file}`);
    await Deno.writeTextFile(`${before}/${name}.xml`, domainXml);
    await Deno.writeTextFile(
      `${after}/${name}.xml`,
      await launcher.onDefineDomain({ vmi, domainXml }),
    );
    names.push(name);
  }
  return names;
}

/** Writes libvirt's answers next to the files of a folder (see libvirt/define_all.sh). */
async function defineAll(bench: Bench, folder: string): Promise<void> {
  const script = `${bench.repository}/tests/conformance/libvirt/define_all.sh`;
  const capabilities = `${bench.cache}/libvirt-capabilities`;
  await Deno.mkdir(capabilities, { recursive: true });
  // If it is killed, its libvirtd ends too: it is the first process of the process namespace.
  await runProgram([
    ...["timeout", "--foreground", "--signal=KILL", String(DEFINE_SECONDS)],
    ...["unshare", "--mount", "--pid", "--mount-proc", "--kill-child"],
    ...["sh", script, folder, capabilities],
  ]);
}

/** Compares the answers for both files: they may differ only by what the sidecar adds. */
async function sameVerdict(
  before: string,
  after: string,
  refusal: Refusal | undefined,
): Promise<void> {
  const schemaBefore = await exitCode(`${before}.schema`);
  const schemaAfter = await exitCode(`${after}.schema`);
  expect(
    schemaBefore === schemaAfter,
    `virt-xml-validate: exit code ${schemaBefore} before and ${schemaAfter} after`,
  );
  const defineBefore = await Deno.readTextFile(`${before}.define`);
  const defineAfter = await Deno.readTextFile(`${after}.define`);
  if (refusal !== undefined) {
    for (const file of [before, after]) {
      const said = await Deno.readTextFile(`${file}.define`);
      expect(
        await exitCode(`${file}.define`) !== 0,
        `virsh define takes it, though refusals.yaml says that it lacks ${
          refusal.needs.join(", ")
        }`,
      );
      expect(
        said.includes(refusal.words),
        `virsh define should refuse it with "${refusal.words}", and says:\n${said}`,
      );
    }
    expect(
      reasonOf(defineBefore) === reasonOf(defineAfter),
      `virsh define refuses it for another reason:\n${defineBefore}\n${defineAfter}`,
    );
    // Without the hypervisor, at least libvirt's parser must keep everything.
    await expectOurDifference(`${before}.parsed`, `${after}.parsed`);
    return;
  }
  expect(
    await exitCode(`${before}.define`) === 0,
    `virsh define refuses it without us, which refusals.yaml does not expect:\n${defineBefore}`,
  );
  expect(await exitCode(`${after}.define`) === 0, `virsh define refuses it:\n${defineAfter}`);
  await expectOurDifference(`${before}.dump`, `${after}.dump`);
}

async function expectOurDifference(before: string, after: string): Promise<void> {
  const difference = differenceOf(
    await Deno.readTextFile(before),
    await Deno.readTextFile(after),
  );
  expect(difference === undefined, `virsh dumpxml: ${difference}`);
}

/** The error without the path of the file. */
function reasonOf(output: string): string {
  return output.replace(/Failed to define domain from \S+/, "").trim();
}

/** The last line of an answer. */
async function exitCode(path: string): Promise<number> {
  return Number((await Deno.readTextFile(path)).trimEnd().split("\n").at(-1));
}
