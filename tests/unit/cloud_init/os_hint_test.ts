import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { readForCloudInit } from "../../../src/cloud_init/cloud_init_reader.ts";
import { userDataOsHint } from "../../../src/cloud_init/os_hint.ts";
import { unpack } from "../../../src/cloud_init/user_data.ts";
import type { GuestOs } from "../../../src/kubevirt/guest_os.ts";
import { repositoryPath } from "../../support/paths.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const base64 = (text: string) => Buffer.from(text).toString("base64");

function message(...parts: readonly string[]): string {
  return 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n' +
    parts.map((part) => `--b\n${part}\n`).join("") + "--b--\n";
}

const CLOUD_CONFIG = "Content-Type: text/cloud-config\n\n#cloud-config\n";
const BOOTHOOK = "Content-Type: text/cloud-boothook\n\n#!/bin/sh\n";
const SCRIPT = "Content-Type: text/x-shellscript";
const NAMED = `${SCRIPT}\nContent-Disposition: attachment;\n filename=`;

/** User data, the only guest that acts on it, and the evidence. */
const CASES: readonly (readonly [string, GuestOs | "either", RegExp?])[] = [
  ["", "either"],
  ["#ps1_sysnative\n", "windows", /starts with #ps1$/],
  ["#ps1\n", "windows"],
  ["#ps1_x86\r\n", "windows"],
  ["rem cmd\r\n", "windows", /rem cmd/],
  ["rem  cmd\r\n", "windows"],
  ["a rem cmd\r\n", "either"],
  ["a #ps1_x86\r\n", "either"],
  ["<powershell>\n", "windows", /<powershell>/],
  ["\r\n <script>\n", "windows"],
  ["\n#ps1\n", "either"],

  ["#!/bin/sh\n", "linux", /starts with #!$/],
  ["\n#!/bin/sh\n", "linux"],
  ["\u00a0\t#!/bin/sh\n", "linux"],
  ["#! /usr/bin/env bash\n", "linux"],
  ["#!/usr/bin/env python\n", "either"],
  ["#! /usr/bin/env  python\n", "either"],
  ["#!/usr/bin/env python3\n", "linux"],
  ["\n#!/usr/bin/env python\n", "linux"],
  ["#cloud-boothook\n", "linux"],
  ["#Cloud-Boothook\n", "linux"],
  ["#include\n", "linux"],
  ["#Include\nhttp://x/\n", "linux", /starts with #include$/],
  ["#include-once\n", "linux", /starts with #include-once$/],
  ["#part-handler\n", "linux"],
  ["#cloud-config-archive\n- x\n", "linux", /starts with #cloud-config-archive$/],
  ["#cloud-config-jsonp\n[]\n", "linux"],
  ["#cloud-config\n", "either"],
  ["#Cloud-Config\n", "linux", /#cloud-config in capitals/],
  ["\n  #cloud-config\n", "linux"],
  ["\ufeff#cloud-config\n", "either"],
  ['{"ignition":{"version":"3.4.0"},"page":"<script>"}', "linux", /Ignition/],
  ['\n {"ignition":{"version":"3.4.0"}}', "linux", /Ignition/],
  ['#cloud-config\n# {"ignition":{}}\n', "either"],
  ['{"a":"<script>"}', "either"],
  ["hello\n", "either"],

  ["## template: jinja\n#cloud-config\n", "either"],
  ["## template: jinja\n#ps1_sysnative\n", "windows", /starts with #ps1$/],
  ["## template: jinja\n#!/bin/sh\n", "linux"],
  ["##template:JINJA\n#ps1\n", "windows"],
  ["\n## template: jinja\n#ps1\n", "windows"],
  ["### template: jinja\n!/bin/sh\n", "either"],

  [message(CLOUD_CONFIG), "either"],
  [message(CLOUD_CONFIG, BOOTHOOK), "linux", /has a part of text\/cloud-boothook$/],
  [message(CLOUD_CONFIG, BOOTHOOK).replaceAll("\n", "\r\n"), "linux"],
  ...[
    "text/x-include-url",
    "text/x-include-once-url",
    "text/cloud-config-archive",
    "text/cloud-config-jsonp",
    "text/jinja2",
    "text/x-shellscript-per-boot",
    "application/x-gzip",
  ].map((type) => [message(CLOUD_CONFIG, `content-type: ${type}\n\nx`), "linux"] as const),
  [message("Content-Type: text/part-handler\n\n#part-handler\n"), "either"],
  [message(`${SCRIPT}\n\n#!/bin/sh\n`), "linux", /has a part of #!$/],
  [message(`${SCRIPT}\nContent-Transfer-Encoding: base64\n\n${base64("#!/bin/sh\n")}`), "linux"],
  [message(`${SCRIPT}\n\n#!/usr/bin/env python\n`), "either"],
  [message(`${NAMED}"run.py"\n\n#!/usr/bin/python3\n`), "either"],
  [message(`${NAMED}"run.sh"\n\n#!/bin/sh\n`), "linux"],
  [message(`${NAMED}"run.PS1"\n\nGet-Date\n`), "windows", /has a part of \.ps1$/],
  [message(`${NAMED}run.ps1; x=y\n\nGet-Date\n`), "windows"],
  [message(`${NAMED}"run.cmd"\n\ndir\n`), "windows"],
  [message(`${NAMED}"run.exe"\n\nMZ\n`), "windows"],
  [message(`${NAMED}"run.ps1 "\n\nGet-Date\n`), "windows"],
  [message(`${NAMED}"run.ps1.txt"\n\nGet-Date\n`), "either"],
  [message(`${SCRIPT}\nContent-Transfer-Encoding: x-base64\n\n#!/bin/sh\n`), "linux"],
  [message(`${SCRIPT}\n#ps1\nGet-Date\n`), "windows"],
  [message(`${CLOUD_CONFIG}--b \t\n${BOOTHOOK}`), "linux"],
  [message(`${CLOUD_CONFIG}-xb\n${BOOTHOOK}`), "either"],
  [message(`${CLOUD_CONFIG}x-b\n${BOOTHOOK}`), "either"],
  [
    `${message(CLOUD_CONFIG).replace("--b--\n", "")}--b\nContent-Type: text/cloud-boothook`,
    "linux",
  ],
  [message(`${NAMED}"a.ps1"\n\n#!/usr/bin/pwsh\n`), "either"],
  [message(`${NAMED}"secret name"\n\n#ps1\n`), "windows", /has a part of #ps1$/],
  [message(`${SCRIPT}\n\n#cloud-config\n`), "linux"],
  [message("\n#include\nhttp://x/\n"), "linux"],
  [message("Content-Type: text/plain\n\n#cloud-config\n"), "linux"],
  [message("Content-Type: text/plain\n\n#ps1\n"), "either"],
  [message(BOOTHOOK, `${NAMED}"run.ps1"\n\nGet-Date\n`), "either"],
  [
    message(`Content-Type: multipart/mixed;\n boundary=inner\n\n--inner\n${BOOTHOOK}--inner--`),
    "linux",
  ],
  [message(`${CLOUD_CONFIG}--c\n${BOOTHOOK}`), "either"],
  [
    message(CLOUD_CONFIG).replace("Content-Type: m", "Content-type: m"),
    "linux",
    /only cloud-init reads/,
  ],
  ["MIME-Version: 1.0\nContent-Type: text/x-shellscript\n\n#!/bin/sh\n", "linux"],
  [message(CLOUD_CONFIG).replace("MIME-Version", "Mime"), "either"],
];

for (const [userData, os, evidence] of CASES) {
  Deno.test(`user data is for ${os}: ${JSON.stringify(userData)}`, () => {
    const verdict = userDataOsHint(bytes(userData));
    assert.equal(verdict?.os ?? "either", os);
    if (evidence !== undefined) assert.match(verdict?.evidence ?? "", evidence);
  });
}

Deno.test("a part after megabytes of another part is a hint, and lines like boundaries take little time", () => {
  const filler = [`${"A".repeat(76)}\n`, "\n", "--b2\n", "-"];
  for (const text of filler) {
    const large = bytes(message(CLOUD_CONFIG + text.repeat((1 << 20) / text.length)));
    const start = performance.now();
    assert.equal(userDataOsHint(large), undefined);
    assert(performance.now() - start < 2_000);
  }
  const large = bytes(message(`${CLOUD_CONFIG}# ${"-".repeat(3 << 20)}\n`, BOOTHOOK));
  assert.equal(userDataOsHint(large)?.os, "linux");
});

Deno.test("a part after 20,000 lines like boundaries is not looked for", () => {
  const behind = (lines: number) =>
    bytes(message(`${CLOUD_CONFIG}${"--c\n".repeat(lines)}`, BOOTHOOK));
  // The boundaries of the two parts count, too.
  assert.equal(userDataOsHint(behind(19_998))?.os, "linux");
  assert.equal(userDataOsHint(behind(19_999)), undefined);
});

/** User data on which each of the two readers acts, as the conformance tier shows. */
const CORPORA: readonly (readonly [string, GuestOs, (userData: Uint8Array) => boolean])[] = [
  ["user_data/carried", "linux", () => false],
  ["user_data_windows/carried", "windows", (it) => readForCloudInit(it).kind !== "untouched"],
];

for (const [folder, os, isForBoth] of CORPORA) {
  const path = repositoryPath(`tests/conformance/${folder}`);
  for (const { name } of Deno.readDirSync(path)) {
    Deno.test(`${folder}/${name} is no hint of another guest than ${os}`, () => {
      const file = Deno.readFileSync(`${path}/${name}`);
      const original = name.endsWith(".b64")
        ? new Uint8Array(Buffer.from(new TextDecoder().decode(file), "base64"))
        : file;
      const userData = unpack(original)?.bytes;
      assert(userData !== undefined);
      if (!isForBoth(userData)) assert.equal(userDataOsHint(userData)?.os ?? os, os);
    });
  }
}
