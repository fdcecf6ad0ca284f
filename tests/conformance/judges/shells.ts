import { partsOf } from "../../support/guest_part.ts";
import { LINUX } from "../../support/kubevirt.ts";
import { decodeBody, readEntity } from "../../support/mime.ts";
import { scratchGuest } from "../../support/scratch_guest.ts";
import { IRSA_ENVIRONMENT, startSidecar } from "../../support/sidecar.ts";
import { VirtLauncher } from "../../support/virt_launcher.ts";
import { type Busybox, usableBusybox } from "../install/busybox.ts";
import { ensurePrograms } from "../install/debian_packages.ts";
import { runProgram } from "../install/run_program.ts";
import { ask, type Bench, type Case, expect, type Judge } from "./judge.ts";
import { oddDiskCases } from "./odd_disks.ts";

/** The shells that a guest's /bin/sh can be, beside busybox. */
const SHELLS = ["dash", "bash --posix", "mksh"];
const AWKWARD = { AWS_NOTE: `two words, "$HOME", \`id\` and 50 %`, AWS_APOSTROPHE: "don't" };

/** shellcheck for every script, and the same outcome of the boothook in every shell. */
export const shells: Judge = {
  name: "shells",
  async judge(bench) {
    await ensurePrograms({
      shellcheck: "shellcheck",
      dash: "dash",
      bash: "bash",
      mksh: "mksh",
      git: "git",
      unshare: "util-linux",
    });
    bench.progress("shells: shellcheck every script");
    const checked = await shellcheckCases(bench);
    const busybox = await usableBusybox(bench);
    const shells = busybox.path === undefined ? SHELLS : [...SHELLS, `${busybox.path} sh`];
    bench.progress(`shells: run the boothook with ${shells.join(", ")}`);
    const body = await boothookOfSidecar();
    const ran = await outcomeCases(shells, body);
    bench.progress("shells: run the boothook where /etc/environment or /run are odd");
    const odd = (await Promise.all(shells.map((shell) => oddDiskCases(shell, body)))).flat();
    const version = /^version: (\S+)$/m.exec(
      (await runProgram(["shellcheck", "--version"])).stdout,
    );
    return [
      { judge: "shellcheck", version: version?.[1] ?? "-", cases: checked },
      {
        judge: "dash, bash, mksh, busybox sh",
        version: await shellVersions(busybox),
        cases: [...ran, ...odd],
        ...(busybox.why === undefined ? {} : { note: busybox.why }),
      },
    ];
  },
};

/** Every shell script of the repository, by its file name or its first line. */
async function shellcheckCases({ repository }: Bench): Promise<Case[]> {
  const listed = await runProgram([
    "git",
    // In a container, root may not be the owner of the checkout.
    "-c",
    `safe.directory=${repository}`,
    ...["ls-files", "--cached", "--others", "--exclude-standard"],
  ], { cwd: repository });
  const cases: Case[] = [];
  for (const file of listed.stdout.split("\n").filter((line) => line !== "")) {
    if (!await isShellScript(`${repository}/${file}`)) continue;
    cases.push(
      await ask(file, async () => {
        await runProgram(["shellcheck", file], { cwd: repository });
      }),
    );
  }
  return cases;
}

async function isShellScript(path: string): Promise<boolean> {
  if (path.includes("/user_data")) return false; // the corpora are no scripts of ours
  try {
    const start = (await Deno.readTextFile(path)).slice(0, 40);
    return path.endsWith(".sh") || /^#!(?:\/usr\/bin\/env |\/bin\/)(?:ba|da)?sh\b/.test(start);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory) {
      return false;
    }
    throw error;
  }
}

/** What a boot leaves in a guest, as one text that can be compared. */
async function outcomeOf(shell: string, body: string): Promise<string> {
  await using guest = await scratchGuest(shell);
  guest.write("etc/environment", "LANG=C.UTF-8\n");
  guest.shareToken("first");
  const part = { type: "text/cloud-boothook", filename: "eks-irsa-sidecar.sh", body };
  await guest.boot(part);
  const first = tell(guest);
  await guest.boot(part);
  const second = tell(guest);
  expect(first === second, `a second boot changed something:\n${first}\n${second}`);
  guest.shareToken("second");
  await guest.boot(part);
  expect(guest.read("run/aws-iam-token/token") === "second", "the token is not the new one");
  const names = [...Object.keys(IRSA_ENVIRONMENT), ...Object.keys(AWKWARD)];
  const values = await guest.sourceEnvironment(names);
  return `${first}${names.map((name, index) => `${name}=${values[index]}\n`).join("")}`;
}

function tell(guest: Awaited<ReturnType<typeof scratchGuest>>): string {
  return [
    `etc/environment:\n${guest.read("etc/environment")}`,
    `systemd:\n${guest.systemdEnvironment().join("\n")}`,
    `token: ${guest.read("run/aws-iam-token/token")}, mode ${
      guest.mode("run/aws-iam-token/token")
    }`,
    `its folder: mode ${guest.mode("run/aws-iam-token")}\n`,
  ].join("\n").replaceAll(guest.root, "ROOT");
}

/** The boothook that a real sidecar has written. */
async function boothookOfSidecar(): Promise<string> {
  await using sidecar = await startSidecar({
    args: ["--log-level", "error"],
    env: { ...IRSA_ENVIRONMENT, ...AWKWARD },
  });
  const { UserData } = await new VirtLauncher(sidecar.socket).preCloudInitIso(LINUX);
  const [ours = ""] = partsOf(UserData);
  return new TextDecoder().decode(decodeBody(readEntity(ours)));
}

/** The boothook run by every shell. */
async function outcomeCases(shells: readonly string[], body: string): Promise<Case[]> {
  const outcomes = new Map<string, string>();
  const cases: Case[] = [];
  for (const shell of shells) {
    cases.push(
      await ask(`${shell}: runs it, twice and with a new token`, async () => {
        const outcome = await outcomeOf(shell, body);
        outcomes.set(shell, outcome);
        for (const [name, value] of Object.entries({ ...IRSA_ENVIRONMENT, ...AWKWARD })) {
          const wanted = name === "AWS_WEB_IDENTITY_TOKEN_FILE"
            ? "/run/aws-iam-token/token"
            : value;
          expect(
            outcome.includes(`\n${name}=${wanted}\n`),
            `${name} is not ${wanted}:\n${outcome}`,
          );
        }
      }),
    );
  }
  cases.push(
    await ask("all shells: the same outcome", () => {
      const different = new Set(outcomes.values());
      expect(different.size === 1, [...different].join("\n--- and ---\n"));
    }),
  );
  return cases;
}

async function shellVersions(busybox: Busybox): Promise<string> {
  const packages = ["dash", "bash", "mksh"];
  const format = "${db:Status-Abbrev}${Package} ${Version}\n";
  const query = await runProgram(
    ["dpkg-query", "--show", "--showformat", format, ...packages],
    { anyExitCode: true },
  );
  const installed = query.stdout.split("\n").filter((line) => line.startsWith("ii ")).map((line) =>
    line.slice("ii ".length)
  );
  return [...installed, ...busybox.path === undefined ? [] : [`busybox ${busybox.version}`]]
    .join(", ");
}
