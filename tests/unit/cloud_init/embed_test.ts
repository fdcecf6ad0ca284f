import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { readForCloudInit } from "../../../src/cloud_init/cloud_init_reader.ts";
import { readForCloudbaseInit } from "../../../src/cloud_init/cloudbase_init_reader.ts";
import { embedUserData, writeUserData } from "../../../src/cloud_init/embed.ts";
import { type Reader, unpack } from "../../../src/cloud_init/user_data.ts";
import { partsOf } from "../../support/guest_part.ts";
import { decodeBody, readEntity } from "../../support/mime.ts";

const OURS = {
  first: { type: "text/x-ours", filename: "ours.sh", body: "#!/bin/sh\nexit 0\n" },
  last: { type: "text/x-ours", filename: "ours.py", body: "pass\n" },
};
const MIME = 'Content-Type: multipart/mixed; boundary="b"\nMIME-Version: 1.0\n\n' +
  "--b\nContent-Type: text/cloud-config\n\nx: 1\n--b--\n";
const bytes = (text: string) => new TextEncoder().encode(text);

interface Expectation {
  /** The type of the owner's part; `message` for an embedded message. */
  readonly embedded?: string;
  /** The reason why the user data is not changed. */
  readonly untouched?: RegExp;
  /** The content of the owner's part, if it is not the original. */
  readonly holds?: Uint8Array;
}

/** The user data that the guest gets. */
function embedded(userData: Uint8Array, read: Reader): string {
  const embedding = embedUserData(unpack(userData), read);
  assert(embedding.kind !== "untouched");
  return writeUserData(OURS, embedding);
}

function expect(name: string, read: Reader, userData: Uint8Array, expected: Expectation): void {
  Deno.test(name, () => {
    const embedding = embedUserData(unpack(userData), read);
    if (expected.untouched !== undefined) {
      assert(embedding.kind === "untouched");
      assert.match(embedding.reason, expected.untouched);
      return;
    }
    assert(embedding.kind === "embedded");
    const [first = "", theirs = "", last = ""] = partsOf(writeUserData(OURS, embedding));
    assert.equal(readEntity(first).body, OURS.first.body);
    assert.equal(readEntity(last).body, OURS.last.body);
    if (expected.embedded === "message") {
      assert.deepEqual(bytes(theirs), expected.holds ?? userData);
    } else {
      const entity = readEntity(theirs);
      assert.equal(entity.headers.get("content-type")?.split(";")[0], expected.embedded);
      assert.deepEqual(decodeBody(entity), expected.holds ?? userData);
    }
  });
}

const FOR_CLOUD_INIT: readonly (readonly [string, string | Uint8Array, Expectation])[] = [
  ["cloud-config", "#cloud-config\nruncmd: [ls]\n", { embedded: "text/plain" }],
  ["cloud-config in upper case after blank lines", "\n\n  #Cloud-Config\n", {
    embedded: "text/plain",
  }],
  ["a script", "#!/bin/sh\necho\n", { embedded: "text/plain" }],
  ["a script that is not UTF-8", new Uint8Array([0x23, 0x21, 0x2f, 0xff]), {
    embedded: "text/plain",
  }],
  ["a boothook", "#cloud-boothook\n#!/bin/sh\n", { embedded: "text/plain" }],
  ["an include", "#include\nhttp://x/\n", { embedded: "text/plain" }],
  ["an include-once", "#include-once\nhttp://x/\n", { embedded: "text/plain" }],
  ["a part handler", "#part-handler\n", { embedded: "text/plain" }],
  ["a jinja template", "## template: jinja\n#cloud-config\n", { embedded: "text/plain" }],
  ["an archive", "#cloud-config-archive\n- x\n", { embedded: "text/plain" }],
  ["jsonp", "#cloud-config-jsonp\n[]\n", { embedded: "text/plain" }],
  ["white space", " \n", { embedded: "text/plain" }],
  ["CR LF and no line break at the end", "#cloud-config\r\na: 1\r\nb: 2", {
    embedded: "text/plain",
  }],
  ["a line that looks like our boundary", "#!/bin/sh\n--=eks-irsa-sidecar-0=\n", {
    embedded: "text/plain",
  }],
  ["a MIME message", MIME, { embedded: "message" }],
  ["a MIME message whose first line is white space", ` \n${MIME}`, { embedded: "message" }],
  ["a MIME message whose first line is the rest of another", `\tx\n${MIME}`, {
    embedded: "message",
  }],
  ["a MIME message after a blank line", `\n${MIME}`, {
    untouched: /does not start with #cloud-config/,
  }],
  ["a MIME message that ends in CR", `${MIME}\r`, { embedded: "message" }],
  [
    "a MIME message with our boundaries in it",
    MIME.replaceAll("--b", "--=eks-irsa-sidecar-0=eks-irsa-sidecar-1=").replace(
      '"b"',
      '"=eks-irsa-sidecar-0=eks-irsa-sidecar-1="',
    ),
    { embedded: "message" },
  ],
  ["a script that writes a mail", "#!/bin/sh\necho MIME-Version: 1.0\n", {
    embedded: "text/plain",
  }],
  ["gzip of cloud-config", gzipSync("#cloud-config\n"), {
    embedded: "text/plain",
    holds: bytes("#cloud-config\n"),
  }],
  ["gzip of a MIME message", gzipSync(MIME), { embedded: "message", holds: bytes(MIME) }],
  ["gzip that is cut short", gzipSync("#cloud-config\n").subarray(0, 12), {
    untouched: /cannot be unpacked/,
  }],
  ["gzip of more than anybody takes", gzipSync(new Uint8Array(64 << 20)), {
    untouched: /cannot be unpacked/,
  }],
  ["Ignition after a line break", '\n {"ignition":{}}', {
    untouched: /JSON, which Ignition reads/,
  }],
  ["a text with the second byte of gzip", new Uint8Array([0x23, 0x8b, 0x0a]), {
    untouched: /does not start with #cloud-config/,
  }],
  ["a text with the first byte of gzip", "\x1f#!/bin/sh\n", { embedded: "text/plain" }],
  ["Ignition", '{"ignition":{"version":"3.4.0"}}', { untouched: /JSON, which Ignition reads/ }],
  ["Talos", "version: v1alpha1\nmachine: {}\n", { untouched: /does not start with #cloud-config/ }],
  ["free text", "hello\n", { untouched: /does not start with #cloud-config/ }],
  ["a byte order mark", "\uFEFF#cloud-config\n", { untouched: /byte order mark/ }],
  ["a Windows script", "#ps1_sysnative\n", { untouched: /does not start with #cloud-config/ }],
  ["a message that is not UTF-8", new Uint8Array([...bytes(MIME), 0xff]), {
    untouched: /not UTF-8/,
  }],
];

for (const [situation, userData, expected] of FOR_CLOUD_INIT) {
  expect(
    `user data for cloud-init: ${situation}`,
    readForCloudInit,
    typeof userData === "string" ? bytes(userData) : new Uint8Array(userData),
    expected,
  );
}

const SCRIPT = { embedded: "text/x-shellscript" };
const FOR_CLOUDBASE_INIT: readonly (readonly [string, string | Uint8Array, Expectation])[] = [
  ["PowerShell", "#ps1_sysnative\nGet-Date\n", SCRIPT],
  ["PowerShell of 32 bits", "#ps1_x86\r\nGet-Date\r\n", SCRIPT],
  ["a command script", "rem cmd\r\ndir\r\n", SCRIPT],
  ["tags of EC2", "<powershell>\nGet-Date\n</powershell>\n", SCRIPT],
  ["Python", "#!/usr/bin/env python\nprint(1)\n", SCRIPT],
  ["white space", "\n", SCRIPT],
  ["cloud-config", "#cloud-config\nset_timezone: UTC\n", { embedded: "text/cloud-config" }],
  ["a MIME message", MIME, { embedded: "message" }],
  ["gzip of PowerShell", gzipSync("#ps1\nls\n"), { ...SCRIPT, holds: bytes("#ps1\nls\n") }],
  ["a jinja template", "## template: jinja\n#ps1\n", { untouched: /a template/ }],
  ["a certificate", "-----BEGIN CERTIFICATE-----\n", { untouched: /a certificate/ }],
  ["PowerShell that writes a mail", "#ps1\n\n'Content-Type: multipart/mixed'\n", SCRIPT],
  ["PowerShell with a comment", "#ps1\n## template: mine\n", SCRIPT],
  ["a jinja template without a blank", "##template: jinja\n#ps1\n", { untouched: /a template/ }],
  ["a certificate after a line break", "\n-----BEGIN CERTIFICATE-----\n", {
    untouched: /a certificate/,
  }],
  ["free text", "see #!/bin/sh\n", { untouched: /does not know its format/ }],
  ["free text about batch files", "see rem cmd\n", { untouched: /does not know its format/ }],
  ["free text about PowerShell", "see #ps1_x86\n", { untouched: /does not know its format/ }],
  ["an include", "#include\nhttp://x/\n", { untouched: /does not know its format/ }],
  ["a message in lower case", MIME.toLowerCase(), { untouched: /does not know its format/ }],
  ["a message with CR LF", MIME.replaceAll("\n", "\r\n"), { embedded: "message" }],
  ["bytes that are not UTF-8", new Uint8Array([0xff, 0xfe, 0x23]), { untouched: /not UTF-8/ }],
];

for (const [situation, userData, expected] of FOR_CLOUDBASE_INIT) {
  expect(
    `user data for cloudbase-init: ${situation}`,
    readForCloudbaseInit,
    typeof userData === "string" ? bytes(userData) : new Uint8Array(userData),
    expected,
  );
}

const UNCLOSED = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nx\n';

/** Messages that end in a line break, and whether another one is added before our boundary. */
const MESSAGE_ENDS: readonly (readonly [string, string, boolean])[] = [
  ["multipart and closed", MIME, false],
  ["multipart and not closed", UNCLOSED, true],
  ["not closed, and without a line break at the end", UNCLOSED.trimEnd(), false],
  ["not closed, with a closing boundary within a line", `${UNCLOSED} --b--\n`, true],
  ["not closed, with something behind the closing boundary", `${UNCLOSED}--b-- x\n`, true],
  ["not closed, its last line ended by CR", `${UNCLOSED}x\r`, true],
  ["not closed, the closing boundary right behind another", `${UNCLOSED}--b\n--b--\n`, true],
  ["closed twice", `${UNCLOSED}--b--\n--b--\n`, false],
  ["closed with blanks behind the boundary", `${UNCLOSED}--b-- \t\n`, false],
  ["not closed, with lines that end in CR", `${UNCLOSED.replaceAll("\n", "\r")}\n`, true],
  ["not closed, its boundary without quotes", UNCLOSED.replaceAll('"', ""), true],
  ["not closed, another parameter before", UNCLOSED.replace("; ", '; x="a/boundary=c"; '), true],
  ["not closed, its field folded", UNCLOSED.replace("; ", ";\n "), true],
  ["no multipart", UNCLOSED.replace("multipart/mixed", "text/x-shellscript"), false],
  ["multipart behind the header's end", UNCLOSED.replace("1.0\n", "1.0\nno field\n"), false],
  [
    "multipart in a second field",
    UNCLOSED.replace("1.0\n", "1.0\nContent-Type: text/plain\n"),
    false,
  ],
];

for (const [situation, message, endsItself] of MESSAGE_ENDS) {
  Deno.test(`the line break before our boundary: ${situation}`, () => {
    const written = embedded(bytes(message), readForCloudInit);
    const end = endsItself ? "" : "\n";
    assert(written.includes(`\n${message}${end}--=eks-irsa-sidecar-0=\n`));
  });
}

for (const [reader, read] of Object.entries({ readForCloudInit, readForCloudbaseInit })) {
  Deno.test(`${reader}: with empty user data the message has only our parts`, () => {
    const written = embedded(new Uint8Array(), read);
    assert.equal(partsOf(written).length, 2);
  });
}

Deno.test("the message starts as cloud-init and cloudbase-init expect it", () => {
  const written = embedded(new Uint8Array(), readForCloudInit);
  assert.match(
    written,
    /^MIME-Version: 1\.0\nContent-Type: multipart\/mixed; boundary="[^"]+"\n\n/,
  );
});

/** User data, and its format as the log names it. */
const FORMATS: readonly (readonly [string, Reader, string | Uint8Array, string])[] = [
  ["cloud-init", readForCloudInit, "#!/bin/sh\n", "#!"],
  ["cloud-init", readForCloudInit, " \n", "white space"],
  ["cloud-init", readForCloudInit, gzipSync("#cloud-config\n"), "gzip of #cloud-config"],
  ["cloud-init", readForCloudInit, MIME, "a MIME message"],
  ["cloudbase-init", readForCloudbaseInit, "#cloud-config\n", "#cloud-config"],
  ["cloudbase-init", readForCloudbaseInit, "#ps1_x86\n", "#ps1_x86"],
  ["cloudbase-init", readForCloudbaseInit, "#!/usr/bin/env python\n", "#!"],
  ["cloudbase-init", readForCloudbaseInit, "#!/bin/bash\n", "#!"],
  ["cloudbase-init", readForCloudbaseInit, "\n", "white space"],
];

for (const [reader, read, userData, format] of FORMATS) {
  Deno.test(`the format for ${reader} is ${format}`, () => {
    const original = typeof userData === "string" ? bytes(userData) : new Uint8Array(userData);
    const embedding = embedUserData(unpack(original), read);
    assert.equal(embedding.kind === "embedded" ? embedding.format : "", format);
  });
}

const ours = (filename: string, body: string) =>
  `--=eks-irsa-sidecar-0=
Content-Type: text/x-ours; charset="us-ascii"
MIME-Version: 1.0
Content-Transfer-Encoding: 7bit
Content-Disposition: attachment; filename="${filename}"

${body}
`;
const theirs = (type: string, filename: string, body: string) =>
  `--=eks-irsa-sidecar-0=
Content-Type: ${type}; charset="utf-8"
MIME-Version: 1.0
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="${filename}"

${btoa(body)}
`;

const WRITTEN: readonly (readonly [string, Reader, string, string])[] = [
  [
    "cloud-init's own name",
    readForCloudInit,
    "#!/bin/sh\n",
    theirs("text/plain", "part-001", "#!/bin/sh\n"),
  ],
  [
    "a name without an extension for cloudbase-init",
    readForCloudbaseInit,
    "#ps1\n",
    theirs("text/x-shellscript", "userdata", "#ps1\n"),
  ],
  [
    "a name without an extension for cloudbase-init, too, if it is a cloud-config",
    readForCloudbaseInit,
    "#cloud-config\n",
    theirs("text/cloud-config", "userdata", "#cloud-config\n"),
  ],
];

for (const [what, read, userData, part] of WRITTEN) {
  Deno.test(`the owner's part is between ours, and has ${what}`, () => {
    assert.equal(
      embedded(bytes(userData), read),
      'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=eks-irsa-sidecar-0="\n\n' +
        ours("ours.sh", OURS.first.body) + part + ours("ours.py", OURS.last.body) +
        "--=eks-irsa-sidecar-0=--\n",
    );
  });
}

Deno.test("the boundary is one that our own parts do not have either", () => {
  const body = Array.from({ length: 11 }, (_, number) => `=eks-irsa-sidecar-${number}=`).join("\n");
  const written = writeUserData({ ...OURS, first: { ...OURS.first, body } }, { kind: "empty" });
  assert.match(written, /boundary="=eks-irsa-sidecar-11="/);
});

Deno.test("what is not embedded has no format, not even that of gzip", () => {
  const packed = (text: string) => unpack(new Uint8Array(gzipSync(text)));
  assert.deepEqual(Object.keys(embedUserData(packed("hello"), readForCloudInit)), [
    "kind",
    "reason",
  ]);
});

Deno.test("empty user data is no user data", () => {
  for (const read of [readForCloudInit, readForCloudbaseInit]) {
    assert.deepEqual(embedUserData(unpack(new Uint8Array()), read), { kind: "empty" });
  }
});
