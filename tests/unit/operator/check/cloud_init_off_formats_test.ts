import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { cloudInitOff } from "../../../../src/operator/check/user_data/cloud_init_off.ts";
import {
  base64,
  config,
  DISABLED,
  inMessages,
  message,
  off,
  packed,
  runcmd,
  script,
} from "./cloud_init_off_user_data.ts";

/** JSON patches. */
const PATCHES: readonly (readonly [string, RegExp])[] = [
  [
    `#cloud-config-jsonp\n[{"op": "add", "path": "/autoinstall/late-commands", "value": ["touch ${DISABLED}"]}]\n`,
    /creates/,
  ],
  [
    `#cloud-config-jsonp\n[{"op": "add", "path": "/runcmd", "value": ["touch ${DISABLED}"]}]\n`,
    /creates/,
  ],
];

/** Jinja. */
const TEMPLATES: readonly (readonly [string, RegExp])[] = [
  [
    `## template: jinja\n#cloud-config\nruncmd:\n- {{ first }} && touch ${DISABLED}\n`,
    /creates/,
  ],
  [
    `## template: jinja\n#cloud-config\n{# touch #}\nhostname: {{ v1.name }}\nruncmd:\n{% if true %}\n- touch ${DISABLED}\n{% endif %}\n`,
    /creates/,
  ],
];

/** Archives. */
const ARCHIVES: readonly (readonly [string, RegExp])[] = [
  [
    `#cloud-config-archive\n- type: text/x-shellscript\n  content: |\n    #!/bin/sh\n    touch ${DISABLED}\n`,
    /creates/,
  ],
  [`#cloud-config-archive\n- "#!/bin/sh\\ntouch ${DISABLED}\\n"\n`, /creates/],
];

/** Messages, with encodings and messages in them. */
const MESSAGES: readonly (readonly [string, RegExp])[] = [
  [message(`Content-Type: text/x-shellscript\n\n${script(`touch ${DISABLED}`)}`), /creates/],
  [
    message(
      "Content-Type: text/cloud-config\n\n#cloud-config\n",
      `Content-Type: text/x-shellscript\nContent-Transfer-Encoding: base64\n\n${
        base64(script("apt purge cloud-init"))
      }`,
    ),
    /removes the package/,
  ],
  [
    message(
      `Content-Type: text/cloud-config\nContent-Transfer-Encoding: quoted-printable\n\n${
        runcmd("touch /etc/cloud/cloud-init=\n.disabled")
      }`,
    ),
    /creates/,
  ],
  [
    message(
      `Content-Type: multipart/mixed; boundary=c\n\n--c\n\n${script(`touch ${DISABLED}`)}\n--c--`,
    ),
    /creates/,
  ],
  [
    message(
      `Content-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n${
        packed(script(`touch ${DISABLED}`))
      }`,
    ),
    /creates/,
  ],
];

/** What switches cloud-init off, and how. */
const OFF = [
  ["a JSON patch", PATCHES],
  ["a template", TEMPLATES],
  ["an archive", ARCHIVES],
  ["a message", MESSAGES],
] as const;

for (const [means, cases] of OFF) {
  for (const [userData, what] of cases) {
    Deno.test(`${means} switches cloud-init off: ${JSON.stringify(userData)}`, () => {
      assert.match(off(userData)?.what ?? "it stays on", what);
    });
  }
}

/** A document in a message, which says by its type what it is. */
const TYPED: readonly (readonly [string, string])[] = [
  ["text/cloud-config", `runcmd: [touch ${DISABLED}]`],
  ["text/cloud-config-jsonp", `[{"op": "add", "path": "/runcmd", "value": ["touch ${DISABLED}"]}]`],
  ["text/cloud-config-archive", `[{type: text/cloud-boothook, content: touch ${DISABLED}}]`],
  ["text/cloud-boothook", `touch ${DISABLED}`],
  ["text/x-shellscript", `touch ${DISABLED}`],
  ["text/x-shellscript-per-boot", `touch ${DISABLED}`],
  ["text/x-shellscript-per-instance", `touch ${DISABLED}`],
  ["text/x-shellscript-per-once", `touch ${DISABLED}`],
];

for (const [type, text] of TYPED) {
  Deno.test(`a document of the type ${type} in a message switches cloud-init off`, () => {
    const found = off(message(`Content-Type: ${type}\n\n${text}`));
    assert.match(found?.what ?? "it stays on", /creates/);
  });
}

/** Other messages. */
const IN_MESSAGES: readonly string[] = [
  message(
    `Content-Transfer-Encoding: quoted-printable\n\n#!/bin/sh\ntouch=20/etc/cloud/cloud-init=2Edisabled`,
  ),
  message(`\n${script("A=", `touch ${DISABLED}`)}`),
  `MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n${
    script(`touch ${DISABLED}`)
  }`,
  inMessages(`\n${script(`touch ${DISABLED}`)}`, 7),
];

for (const userData of IN_MESSAGES) {
  Deno.test(`cloud-init is switched off in a message: ${JSON.stringify(userData)}`, () => {
    assert.match(off(userData)?.what ?? "it stays on", /creates/);
  });
}

/** User data without content, similar user data, and user data that cloud-init does not read in that way. */
const ON: readonly string[] = [
  "",
  "#cloud-config\n",
  message(`Content-Type: text/x-not-run\n\ntouch ${DISABLED}`),
  message() + `\n${script(`touch ${DISABLED}`)}`,
  message("Content-Type: text/cloud-config\nContent-Transfer-Encoding: base64\n\nH4sIAAAAAAAAAw=="),
  inMessages(`\n${script(`touch ${DISABLED}`)}`, 8),
  `\uFEFF${runcmd(`touch ${DISABLED}`)}`,
  "#cloud-config-archive\n",
  "#cloud-config-archive\n- 1\n- {}\n",
  `#include\nhttps://config.example.net/touch/${DISABLED}\n`,
  "#cloud-config\n\t: : not YAML [\n",
  `#cloud-config\n${"[".repeat(50_000)}`,
];

for (const userData of ON) {
  Deno.test(`cloud-init stays on: ${JSON.stringify(userData)}`, () => {
    assert.equal(off(userData), undefined);
  });
}

for (
  const userData of [
    runcmd(`touch ${DISABLED}`),
    script(`touch ${DISABLED}`),
    config(`packages: [cloud-init-]`),
    message(`\n${script(`touch ${DISABLED}`)}`),
    `MIME-Version: 1.0\nContent-Type: text/x-shellscript\n\n${script(`touch ${DISABLED}`)}`,
    `#cloud-config-archive\n- "#!/bin/sh\\ntouch ${DISABLED}\\n"\n`,
  ]
) {
  Deno.test(`gzip is unpacked, and what is in it has no place: ${JSON.stringify(userData)}`, () => {
    const found = cloudInitOff(gzipSync(userData));
    assert.match(found?.what ?? "it stays on", /creates|removes/);
    assert.equal(found?.offset, undefined);
  });
}

Deno.test("what is in base64 has no place", () => {
  const part = base64(script(`touch ${DISABLED}`));
  const found = off(message(`Content-Transfer-Encoding: base64\n\n${part}`));
  assert.match(found?.what ?? "it stays on", /creates/);
  assert.equal(found?.offset, undefined);
});

Deno.test("damaged gzip is nothing that cloud-init acts on", () => {
  assert.equal(cloudInitOff(Buffer.from("H4sIAAAAAAAAAw==", "base64")), undefined);
});

/** User data, and the words at which what switches cloud-init off starts. */
const PLACES: readonly (readonly [string, string])[] = [
  [
    config("hostname: a", "runcmd:", "  - date", `  - touch ${DISABLED}`),
    "touch",
  ],
  [config("packages:", "  - vim", "  - cloud-init-"), "cloud-init-"],
  [config("write_files:", `  - content: ''`, `    path: ${DISABLED}`), "content"],
  [config("runcmd:", `  - [touch, ${DISABLED}]`), "[touch"],
  [script("date", "", `touch ${DISABLED}`), "touch"],
  [script("date", "#!python", `touch ${DISABLED}`), "touch"],
  [`#!/usr/bin/python3\nos.system("touch ${DISABLED}")\n`, "#!"],
  [`## template: jinja\n${runcmd(`touch ${DISABLED}`)}`, "touch"],
  [
    `## template: jinja\n#cloud-config\n{# a\nb #}\nhostname: {{ v1.name }}\nruncmd: [touch ${DISABLED}]\n`,
    "touch",
  ],
  [message(`Content-Type: text/x-shellscript\n\n${script(`touch ${DISABLED}`)}`), "touch"],
  [
    `MIME-Version: 1.0\nContent-Type: text/x-shellscript\n\n${script(`touch ${DISABLED}`)}`,
    "touch",
  ],
  [`#cloud-config-archive\n- "#!/bin/sh\\ntouch ${DISABLED}\\n"\n`, '"#!'],
];

for (const [userData, start] of PLACES) {
  Deno.test(`the place is that of the command: ${JSON.stringify(userData)}`, () => {
    assert.equal(off(userData)?.offset, userData.indexOf(start));
  });
}
