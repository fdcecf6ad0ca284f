/**
 * Tests what the image holds and that the program works in it, without a container engine: the packing with
 * a stand-in base, and the contents on a root file system made of the same Debian packages. Needs root on
 * Debian 12. `--accept` writes the list of embedded modules anew.
 */
import assert from "node:assert/strict";
import { imageEnvironment, pack } from "../../bench/pack.ts";
import { NOTICES } from "../../build/bundle.ts";
import { RUNTIME_FLAGS } from "../../build/runtime_flags.ts";
import { LINUX } from "../support/kubevirt.ts";
import { repositoryPath } from "../support/paths.ts";
import { IRSA_ENVIRONMENT, startSidecar } from "../support/sidecar.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";
import { containedCommand, processFacts } from "./contained.ts";
import {
  bundledModules,
  compileWithStandIn,
  EMBEDDED_LIST,
  expectedPermissions,
} from "./embedded.ts";
import { assembleRootfs } from "./rootfs.ts";

/** The limit to what V8 reads at every start, in kilobytes. */
const MOST_AT_START = 220;

let passed = 0;
let failed = 0;

async function check(name: string, body: () => unknown): Promise<void> {
  try {
    await body();
    passed++;
    console.log(`ok      ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}\n${error instanceof Error ? error.message : error}`);
  }
}

async function packing() {
  const packed = await compileWithStandIn();
  const { files, modules, bytesAtStart } = await bundledModules();
  await check("the binary embeds the bundle and nothing else", () => {
    assert.deepEqual(packed.files, files);
  });
  if (Deno.args.includes("--accept")) {
    await Deno.writeTextFile(EMBEDDED_LIST, modules.join("\n") + "\n");
  }
  await check("the bundle holds the modules of tests/image/embedded.txt", () => {
    const listed = Deno.readTextFileSync(EMBEDDED_LIST).trim().split("\n");
    assert.deepEqual(
      modules,
      listed,
      `Embedded but not listed: ${
        modules.filter((m) => !listed.includes(m)).join(" ") || "–"
      }; listed ` +
        `but not embedded: ${
          listed.filter((m) => !modules.includes(m)).join(" ") || "–"
        }. If that is ` +
        "meant: deno task test:image --accept",
    );
  });
  await check("the terms of every embedded package are passed on", async () => {
    const text = await Deno.readTextFile(repositoryPath(NOTICES));
    for (const name of modules.filter((module) => module.startsWith("npm:"))) {
      const [, packageName = "", version = ""] = /^npm:(.+)@([^@]+)$/.exec(name) ?? [];
      const [, notice = ""] = text.split(`\n${packageName} ${version}\nLicence: `);
      assert.ok(notice !== "", `${name} is missing`);
      const [terms = ""] = notice.split(/^={80}$/m);
      assert.ok(!/^(MIT|ISC)\n/.test(terms) || /^Copyright/m.test(terms), `${name} has no terms`);
    }
  });
  await check("what V8 reads at every start of a VM has not grown", () => {
    const kilobytes = Math.ceil(bytesAtStart / 1000);
    assert.ok(
      kilobytes <= MOST_AT_START,
      `It is ${kilobytes} KB, and was to be at most ${MOST_AT_START}: some 35 bytes cost a microsecond ` +
        "(docs/performance.md).",
    );
  });
  const expected = expectedPermissions();
  await check("the binary has the permissions of the task start, and no other", () => {
    const granted = Object.entries(packed.permissions)
      .filter(([name, value]) => /^allow_(?!import)/.test(name) && value !== null)
      .map(([name]) => name);
    assert.deepEqual(granted.sort(), expected);
  });
  const flags = RUNTIME_FLAGS.filter((flag) => flag.startsWith("--v8-flags="))
    .flatMap((flag) => flag.slice("--v8-flags=".length).split(","));
  await check("the binary has the V8 flags of the task start", () => {
    for (const flag of flags) assert.ok(packed.v8Flags.includes(flag), `${flag} is missing`);
  });
  await check("the binary has no argument baked in", () => {
    assert.deepEqual(packed.args, []);
  });
}

async function dockerfile() {
  const text = await Deno.readTextFile(repositoryPath("Dockerfile"));
  await check("the Dockerfile builds with the Deno of .deno-version", async () => {
    const version = (await Deno.readTextFile(repositoryPath(".deno-version"))).trim();
    assert.equal(/^ARG DENO_VERSION=(\S+)$/m.exec(text)?.[1], version);
    assert.match(text, /^FROM .*denoland\/deno:\$\{DENO_VERSION\} AS /m);
  });
  await check("the image runs on distroless, as no root, without a shell", () => {
    const last = text.slice(text.lastIndexOf("\nFROM "));
    assert.match(last, /^\nFROM gcr\.io\/distroless\/cc-debian12:nonroot$/m);
    assert.match(last, /^ENTRYPOINT \[/m);
    assert.doesNotMatch(last, /^(RUN|CMD|SHELL|USER)\b/m);
  });
  await check("the image has the OCI labels", () => {
    for (const label of ["title", "description", "licenses", "source", "version", "revision"]) {
      assert.match(text, new RegExp(`org\\.opencontainers\\.image\\.${label}=`));
    }
  });
}

async function contents() {
  const root = await assembleRootfs();
  await check("the root file system has no shell", () => {
    for (const shell of ["bin/sh", "bin/bash", "bin/dash", "usr/bin/sh", "bin/busybox"]) {
      assert.throws(() => Deno.lstatSync(`${root}/${shell}`), Deno.errors.NotFound);
    }
  });
  const program = Deno.env.get("SIDECAR_CMD") || (await pack()).command.join(" ");
  const command = (await containedCommand(root)).join(" ");
  Deno.env.set("SIDECAR_CMD", command);
  await check(
    "the program works in it, stripped of everything, and ends when it is told to",
    async () => {
      const folder = await Deno.makeTempDir({ prefix: "hooks-" });
      const sidecar = await startSidecar({
        socket: `${folder}/sidecar.sock`,
        env: { ...IRSA_ENVIRONMENT, CONTAINER_NAME: "hook-sidecar-0" },
      });
      const facts = await processFacts(sidecar.pid);
      const virtLauncher = new VirtLauncher(sidecar.socket);
      const info = await virtLauncher.info();
      const domain = await virtLauncher.onDefineDomain(LINUX);
      const { UserData } = await virtLauncher.preCloudInitIso(LINUX);
      await virtLauncher.shutdown();
      const { code } = await sidecar.status;
      assert.deepEqual(facts, {
        user: "107\t107\t107\t107",
        group: "107\t107\t107\t107",
        groups: "",
        capabilities: Array(5).fill("0000000000000000"),
        noNewPrivileges: "1",
        environment: facts.environment,
        writable: [folder],
      });
      const names = new Set(facts.environment.map((pair) => pair.split("=", 1)[0]));
      for (const name of ["HOME", "USER", "TMPDIR"]) assert.ok(!names.has(name), `${name} is set`);
      for (const [name, value] of Object.entries(await imageEnvironment())) {
        assert.ok(facts.environment.includes(`${name}=${value}`), name);
      }
      assert.equal(info.hookPoints.length, 3);
      assert.match(domain, /<target dir="aws-iam-token"\/>/);
      assert.match(UserData, /^MIME-Version: 1\.0\n/);
      assert.equal(code, 0);
      assert.deepEqual([...Deno.readDirSync(folder)], []);
      await Deno.remove(folder, { recursive: true });
    },
  );
  await suite("the integration suite in it", "tests/integration", command);
  // Where the files are that it is to look at.
  await suite("the commands for people", "tests/operator/command_line_test.ts", program);
  Deno.env.delete("SIDECAR_CMD");
}

/** Some of the tests against a program that is as it is shipped; each counts as one of ours. */
async function suite(name: string, path: string, program: string) {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--quiet", "--frozen", "--allow-all", path],
    cwd: repositoryPath("."),
    env: { NO_COLOR: "1", SIDECAR_CMD: program },
  }).output();
  const output = new TextDecoder().decode(stdout);
  const [, good, bad] = /(\d+) passed(?: \([^)]*\))? \| (\d+) failed/.exec(output) ?? [];
  if (good === undefined || bad === undefined) {
    failed++;
    console.log(`FAILED  ${name} did not run\n${output}`);
    return;
  }
  passed += Number(good);
  failed += Number(bad);
  console.log(
    `${bad === "0" ? "ok    " : "FAILED"}  ${name}: ${good} passed, ${bad} failed`,
  );
  if (bad !== "0") console.log(output);
}

await packing();
await dockerfile();
await contents();
console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);
