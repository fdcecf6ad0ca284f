/**
 * Tests what the image holds and that the program works in it, without a container engine: the packing with
 * a stand-in base, and the contents on a root file system made of the same Debian packages. There the bundle
 * runs on the pinned Deno, and a binary that an older Deno has compiled of it does what needs no gRPC. Needs
 * root on Debian 12. `--accept` writes the list of embedded modules anew.
 */
import assert from "node:assert/strict";
import { pack } from "../../bench/pack.ts";
import { NOTICES } from "../../build/bundle.ts";
import { RUNTIME_FLAGS } from "../../build/runtime_flags.ts";
import { LINUX } from "../support/kubevirt.ts";
import { repositoryPath } from "../support/paths.ts";
import { IRSA_ENVIRONMENT, startSidecar } from "../support/sidecar.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";
import { compiledBinary } from "./compiled/checks.ts";
import { assertStripped, containedCommand, processFacts } from "./contained.ts";
import {
  bundledModules,
  compileWithStandIn,
  EMBEDDED_LIST,
  expectedPermissions,
  grantedPermissions,
} from "./embedded.ts";
import { check, suite, summary, withProgram } from "./report.ts";
import { assembleRootfs } from "./rootfs.ts";

/** The limit to what V8 reads at every start, in kilobytes. */
const MAX_START_KILOBYTES = 220;

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
      kilobytes <= MAX_START_KILOBYTES,
      `It is ${kilobytes} KB, and was to be at most ${MAX_START_KILOBYTES}: some 35 bytes cost a microsecond ` +
        "(docs/performance.md).",
    );
  });
  const expected = expectedPermissions();
  await check("the binary has the permissions of the task start, and no other", () => {
    assert.deepEqual(grantedPermissions(packed), expected);
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
  const named = (Deno.env.get("SIDECAR_CMD") ?? "").split(" ").filter(Boolean);
  const program = named.length > 0 ? named : (await pack()).command;
  const command = await containedCommand(root);
  await withProgram(command, () =>
    check(
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
        await assertStripped(facts, folder);
        assert.equal(info.hookPoints.length, 3);
        assert.match(domain, /<target dir="aws-iam-token"\/>/);
        assert.match(UserData, /^MIME-Version: 1\.0\n/);
        assert.equal(code, 0);
        assert.deepEqual([...Deno.readDirSync(folder)], []);
        await Deno.remove(folder, { recursive: true });
      },
    ));
  await suite("the integration suite in it", "tests/integration", command, { atLeast: 100 });
  // Where the files are that it is to look at.
  await suite("the commands for people", "tests/operator/command_line_test.ts", program, {
    atLeast: 20,
  });
  await compiledBinary(root);
}

await packing();
await dockerfile();
await contents();
Deno.exit(summary().failed === 0 ? 0 : 1);
