import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { oemStrings } from "../../../src/credentials/oem_strings.ts";
import { boothookFor, SETTINGS } from "../../support/linux_settings.ts";
import { credentialIn } from "../../support/scratch_guest.ts";

const SCRIPT = boothookFor(SETTINGS).body;
const UNIT = "systemd.extra-unit.eks-irsa-sidecar.service";

const texts = (unlessCloudInitRuns = false) =>
  oemStrings(SCRIPT, unlessCloudInitRuns).map(({ text }) => text);

Deno.test("the last string has the script, gzip in base64, and is the same each time", () => {
  const [prefix, base64 = ""] = (texts().at(-1) ?? "").split(/(?<=^[^=]*=)/, 2);
  assert.equal(prefix, "eks-irsa-sidecar:gzip=");
  assert.equal(gunzipSync(Uint8Array.fromBase64(base64)).toString(), SCRIPT);
  assert.deepEqual(texts(), texts());
});

Deno.test("the credentials fit into what systemd before 257 reads of an entry", () => {
  const credentials = oemStrings(SCRIPT, false).filter(({ place }) => place === "first");
  const bytes = credentials.reduce((sum, { text }) => sum + text.length + 1, 5);
  assert(bytes <= 4096, `${bytes} bytes`);
  assert(texts().slice(0, -1).every((text) => text.startsWith("io.systemd.credential.binary:")));
});

Deno.test("all strings are ASCII without markup, and less than half of what a domain may have", () => {
  const all = texts().join("");
  assert.match(all, /^[A-Za-z0-9.:=+/-]+$/);
  assert(all.length < 16 * 1024, `${all.length} bytes`);
});

Deno.test("a string starts as every release's does, whatever follows", () => {
  for (const { start, sets, text } of oemStrings(SCRIPT, false)) {
    assert(text.startsWith(start));
    assert(sets.some((name) => start.startsWith(name)));
  }
});

Deno.test("a credential of the same name in plain text sets the same", () => {
  const [unit] = oemStrings(SCRIPT, false);
  assert(unit?.sets.some((name) => `io.systemd.credential:${UNIT}=[Unit]`.startsWith(name)));
  assert(unit.sets.every((name) => name.length > 0));
});

Deno.test("a credential of the same name that starts otherwise is not ours", () => {
  for (const { start, sets: [prefix = ""] } of oemStrings(SCRIPT, false).slice(0, -1)) {
    assert(!`${prefix}${btoa("[Unit]\nDescription=Mine\n")}`.startsWith(start));
  }
});

Deno.test("the unit is wanted by sysinit.target, and comes before it and before cloud-init", () => {
  const unit = credentialIn(texts(), UNIT);
  assert.match(unit, /^Before=sysinit\.target .* cloud-init-local\.service /m);
  assert.match(unit, /^ConditionPathExists=!\/etc\/initrd-release$/m);
  // The script and what it leaves are root's alone.
  assert.match(unit, /^UMask=0077$/m);
  assert.equal(
    credentialIn(texts(), "systemd.unit-dropin.sysinit.target"),
    "[Unit]\nWants=eks-irsa-sidecar.service\n",
  );
});

Deno.test("only where cloud-init delivers, the unit does nothing if cloud-init runs", () => {
  const condition = "ConditionPathExists=!/run/cloud-init/enabled\n";
  const unit = credentialIn(texts(true), UNIT);
  assert(unit.includes(condition));
  assert.equal(unit.replace(condition, ""), credentialIn(texts(false), UNIT));
});

Deno.test("where cloud-init delivers, there is nothing for systemd before 256, which would cost each boot", () => {
  const hasTmpfiles = (all: readonly string[]) =>
    all.some((text) => text.includes(":tmpfiles.extra="));
  assert(!hasTmpfiles(texts(true)));
  assert(hasTmpfiles(texts(false)));
});

Deno.test("for systemd 252 to 255 each line of tmpfiles.extra names a path below /dev", () => {
  const lines = credentialIn(texts(), "tmpfiles.extra").trimEnd().split("\n");
  assert(
    lines.every((line) => /^[LCf] \/dev\/\.eks-irsa-sidecar(\/\S+)? (-|0644) - - - \S/.test(line)),
  );
  assert(lines.some((line) => line.endsWith(` /run/credentials/@system/${UNIT}`)));
});
