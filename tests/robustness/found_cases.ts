import fc from "fast-check";
import { MAX_RESPONSE_BYTES } from "../../src/kubevirt/max_response.ts";
import { CANARY_ENVIRONMENT } from "./canaries.ts";
import { ensure, type Report } from "./item.ts";
import { onlyUserDataChanges } from "./properties/any_request_is_answered.ts";
import { cloudInit, cloudInitData, defineDomain } from "./properties/hook_call.ts";
import { undone } from "./properties/our_edits.ts";
import {
  documentTypeIsRefused,
  expatFindsOurDevice,
  patchCanBeUndone,
  patchedTwiceIsPatchedOnce,
  placeOfRefusal,
  refusedWithPosition,
} from "./properties/the_domain_patch.ts";
import { linuxGetsThem } from "./properties/the_identity.ts";
import {
  CLOUD_CONFIG,
  DIGITS,
  fitsTheResponse,
  gzipOf,
  MESSAGE,
  textOf,
} from "./properties/the_response_size.ts";
import { comesBack } from "./properties/the_user_data.ts";
import type { Judge } from "./readers/judge.ts";
import { posixShells } from "./readers/linux_guest.ts";

const encoder = new TextEncoder();
const MEBIBYTE = 1024 * 1024;

/** Domains on which the patch once failed, or that are similar. */
const DOMAINS: Readonly<Record<string, string>> = {
  "a byte order mark": "\uFEFF<?xml version='1.0'?><domain><devices/></domain>",
  "characters beyond the BMP in front":
    "<domain><!--😀😀--><devices>\r\n <a/>\r\n</devices></domain>",
  "an end tag in CDATA": "<domain><devices><![CDATA[</devices>]]></devices></domain>",
  "an end tag in a comment": "<domain><devices><!-- </devices> --></devices></domain>",
  "spaces in the tags": '<domain><devices a=">" ></devices  ></domain>',
  "line breaks of CR": "<domain>\r<devices>\r <a/>\r</devices>\r</domain>",
  "memory after devices": "<domain><devices/>\n<memoryBacking/></domain>",
  "text behind the last element": "<domain><devices>\n <a/>text</devices></domain>",
};

/** The same with names that only XML's fifth edition allows. The patch once took some of their characters for white space. */
const FIFTH_EDITION: Readonly<Record<string, string>> = {
  "an attribute whose name holds U+1680":
    '<domain><cpu><numa><cell a\u1680b="x" memAccess="private"/></numa></cpu><devices/></domain>',
  "an attribute like one that changes, behind U+1680":
    '<domain><cpu><numa><cell \u1680memAccess="x" memAccess="private"/></numa></cpu><devices/></domain>',
  "an attribute like one that changes, behind U+FEFF":
    '<domain><memoryBacking><access \uFEFFmode="q" mode="private"/></memoryBacking><devices/></domain>',
};

/** Declarations that our parser accepts and libvirt's does not. */
const NOT_WELL_FORMED: readonly string[] = [
  "<?xml version='1.0' standalone=''?><domain><devices/></domain>",
  "<?xml version='1.0' encoding=''?><domain><devices/></domain>",
  "<?xml encoding='UTF-8'?><domain><devices/></domain>",
];

/** Documents whose refusal once had no place or a wrong one: our parser counts characters, not UTF-16 code units. */
const PLACES: Readonly<Record<string, string>> = {
  "an error behind characters beyond the BMP": `<domain>${
    "😀".repeat(50)
  }\n\n\n\n<devices></domain>`,
  "no character, behind characters beyond the BMP": `<domain>\n${"😀".repeat(50)}\n\u0001</domain>`,
  "a reference that a line break ends": "<domain>&a\n;</domain>",
};

/** Document types whose end our parser and libvirt's once placed differently. */
const DOCUMENT_TYPES: readonly string[] = [
  '<!DOCTYPE domain [<!ENTITY a "]><domain><devices/></domain><?y ">]>' +
  "<domain><name>REAL</name><devices/></domain><?z ?>",
  "<!DOCTYPE domain [<!-- ]> -->]><domain><devices/></domain>",
  "<!DOCTYPE domain [ <!FOO bar <<< & %% ]><domain><devices/></domain>",
];

/** User data that the sidecar once read differently from Python. */
const USER_DATA: Readonly<Record<string, string>> = {
  "a multipart without an end, its last byte a CR":
    'Content-Type: multipart/mixed; boundary="B"\nMIME-Version: 1.0\n\n--B\n\n\r',
  "a multipart without an end, its last byte a LF":
    'Content-Type: multipart/mixed; boundary="B"\nMIME-Version: 1.0\n\n--B\n\u2028--B--\n',
  "a header that ends at a line that is none of its fields":
    "MIME-Version: 1.0\r\nno field\r\ncontent-type:multipart/mixed;boundary=B\r\n\r\n\r\n",
  "lines that end in CR, and a multipart's header in the body":
    "MIME-Version: 1.0\r: empty\rX: y\r\rContent-Type: multipart/mixed; boundary=B\rx\n",
  "a first line of white space":
    ' \nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n' +
    "--B\nContent-Type: text/cloud-config\n\n#cloud-config\n--B--\n",
  "our own boundary":
    'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=eks-irsa-sidecar-0="\n\n' +
    "--=eks-irsa-sidecar-0=\n\n#!/bin/sh\n--=eks-irsa-sidecar-0=--\n",
};

/** User data whose response was once larger than virt-launcher accepts, although it could be smaller. */
const LARGE: Readonly<Record<string, () => string | Uint8Array>> = {
  "gzip that unpacks to 2 MB": () => gzipOf(textOf(2_000_000, CLOUD_CONFIG, DIGITS)),
  "a message of quotes": () => textOf(MEBIBYTE, MESSAGE, '"'),
  "a message of backslashes": () => textOf(MEBIBYTE, MESSAGE, "\\"),
  "a message of line breaks": () => textOf(MEBIBYTE, MESSAGE, "\n"),
  "a message of which a third is control characters": () => textOf(MEBIBYTE, MESSAGE, "\0ab"),
};

/** Cloud-init data that once caused an internal error, or was returned changed. */
const CLOUD_INIT_DATA: Readonly<Record<string, string>> = {
  "digit keys, 5,000 deep": nested('{"0":', 5_000),
  "toJSON, 20,000 deep": nested('{"toJSON":', 20_000),
  "a member, a million deep": nested('{"a":', 1_000_000),
  "lists, a million deep": nested("[", 1_000_000),
  "numbers that JavaScript cannot hold":
    '{"a":12345678901234567890,"b":1e400,"c":-0,"d":1.0,"UserData":""}',
  "a key that JavaScript puts first": '{"b":0,"UserData":"","1":0}',
  "a member twice": '{"a":1,"a":2,"UserData":"","a":3}',
  "user data under a key that Go takes for its own": '{"UserData":"","uſerdata":"#!/bin/sh\\n"}',
};

function nested(open: string, depth: number): string {
  const [inner, close] = open === "[" ? ["", "]"] : ["1", "}"];
  const value = open.repeat(depth) + inner + close.repeat(depth);
  return `{"UserData":"#cloud-config\\n","NoCloudMetaData":${value}}`;
}

/** Runs every case that once failed, and shows that the checks can fail. */
export async function foundCases(report: Report, judge: Judge): Promise<void> {
  for (const [name, document] of Object.entries(DOMAINS)) {
    await report.check(`found: domain with ${name}`, async () => {
      patchCanBeUndone(document);
      patchedTwiceIsPatchedOnce(document);
      await expatFindsOurDevice(document, judge);
    });
  }
  for (const [name, document] of Object.entries(FIFTH_EDITION)) {
    if (!(await judge.knowsFifthEdition())) {
      report.skip(`found: domain with ${name}`, "xmllint (libxml2-utils) is missing");
      continue;
    }
    await report.check(`found: domain with ${name}`, async () => {
      patchCanBeUndone(document);
      patchedTwiceIsPatchedOnce(document);
      await expatFindsOurDevice(document, judge);
    });
  }
  for (const [name, document] of Object.entries(PLACES)) {
    await report.check(`found: the place of ${name}`, async () => {
      const verdict = await judge.xml(encoder.encode(document));
      const { line } = placeOfRefusal(encoder.encode(document));
      ensure("line" in verdict && line === verdict.line, `We say line ${line}, expat another.`);
    });
  }
  for (const document of DOCUMENT_TYPES) {
    await report.check(
      `found: a document type, ${document.slice(0, 40)}`,
      () => documentTypeIsRefused(document),
    );
  }
  for (const document of NOT_WELL_FORMED) {
    await report.check(`found: no domain, ${document}`, async () => {
      ensure("refused" in defineDomain(encoder.encode(document)), "It was taken for a domain.");
      await refusedWithPosition(document, judge);
    });
  }
  for (const [name, text] of Object.entries(USER_DATA)) {
    await report.check(`found: user data, ${name}`, async () => {
      await comesBack(encoder.encode(text), "linux", judge);
      await comesBack(encoder.encode(text), "windows", judge);
      return 2;
    });
  }
  await report.check("found: user data, gzip of nothing", async () => {
    await comesBack(gzipOf(""), "linux", judge);
    await comesBack(gzipOf(""), "windows", judge);
    return 2;
  });
  for (const [name, write] of Object.entries(LARGE)) {
    await report.check(`found: 1 MiB fits into the response, ${name}`, () => {
      const userData = write();
      for (const os of ["linux", "windows"] as const) {
        const length = fitsTheResponse(userData, os);
        ensure(length <= MAX_RESPONSE_BYTES, `The response has ${length} bytes.`);
      }
      return 2;
    });
  }
  for (const [name, text] of Object.entries(CLOUD_INIT_DATA)) {
    await report.check(`found: cloud-init data goes back as it came, ${name}`, () => {
      onlyUserDataChanges(text);
      ensure("result" in cloudInit({ cloudInitData: text }), "It was refused.");
    });
  }
  await report.check("found: a VMI a million deep is read", () => {
    const vmi = `{"spec":${nested('{"spec":', 1_000_000)}}`;
    ensure("result" in cloudInit({ cloudInitData: cloudInitData(""), vmi }), "It was refused.");
  });
  await report.check("found: gzip is at hand in the older form's own base64", () => {
    const userDataBase64 = gzipOf(CLOUD_CONFIG).toBase64();
    const answer = cloudInit({
      cloudInitData: "",
      cloudInitNoCloudSource: JSON.stringify({ userDataBase64 }),
    });
    ensure("result" in answer, () => `It was refused: ${JSON.stringify(answer)}`);
  });
  await report.check("found: a refusal never quotes more than a sentence can hold", () => {
    const long = "a".repeat(64 * 1024);
    for (
      const document of [`<${long}/>`, `<domain><${long}></domain>`, `<domain>&${long};</domain>`]
    ) {
      const answer = defineDomain(encoder.encode(document));
      ensure("refused" in answer, "It was taken for a domain.");
      ensure(answer.refused.length < 1000, `The refusal has ${answer.refused.length} characters.`);
    }
    return 3;
  });
  await report.check("found: no name of the owner's makes a line of the log, or a long one", () => {
    const folder = CANARY_ENVIRONMENT.AWS_WEB_IDENTITY_TOKEN_FILE?.replace(/\/token$/, "");
    const names = ["y".repeat(3_000_000), "x\n2026-01-01T00:00:00.000Z info: forged"];
    for (const name of names) {
      const vmi = {
        spec: {
          volumes: [{ name, containerPath: { path: folder } }],
          domain: { devices: { filesystems: [{ name, virtiofs: {} }] } },
        },
      };
      const domain = encoder.encode("<domain><devices/></domain>");
      const answer = defineDomain(domain, encoder.encode(JSON.stringify(vmi)));
      ensure("result" in answer, "It was refused.");
      ensure(answer.result.domainXML === domain, "A device was added.");
      const [note] = answer.notes;
      ensure(
        note?.fields !== undefined && "tag" in note.fields,
        "The note is not about the owner's share.",
      );
      ensure(JSON.stringify(note).length < 500, "The note is no line.");
      ensure(!note.message.includes("\n"), "The note is two lines.");
    }
    return names.length;
  });
  await report.check(
    "found: values that end in, or hold, what a reader of the block treats as its own",
    async () => {
      const values = [
        "\\",
        "a\\ ",
        "'",
        '"',
        "'\"",
        " a ",
        "#",
        "a#b",
        "'$x",
        'x\\"y',
        "~",
        "%",
        "é'",
        // systemd refuses the whole call if one variable is not valid.
        "\ufdd0",
        "a\u{1ffff}b",
        "",
      ];
      for (const shell of await posixShells()) {
        await linuxGetsThem(
          values.map((value, index) => [`AWS_V${index}`, value] as const),
          shell,
          judge,
        );
      }
      return values.length;
    },
  );
  await report.check(
    "the property notices: any byte lost, changed or added to a patched domain",
    () => {
      const document = '<domain>\n  <devices>\n    <disk a="1"/>\n  </devices>\n</domain>\n';
      const answer = defineDomain(encoder.encode(document));
      ensure("result" in answer, "It was refused.");
      const patched = new TextDecoder().decode(answer.result.domainXML);
      ensure(undone(patched, document), "The patch cannot be undone.");
      for (let at = 0; at < patched.length; at++) {
        for (const piece of ["", "~", `~${patched[at]}`]) {
          const wrong = patched.slice(0, at) + piece + patched.slice(at + 1);
          // Only the indentation of our insertion is lost, and nothing of the original.
          if (piece === "" && /\s/.test(patched[at] ?? "")) continue;
          ensure(!undone(wrong, document), `Unnoticed: ${fc.stringify(wrong)}`);
        }
      }
      return patched.length * 3;
    },
  );
  await report.check("the property notices: anything of ours inserted twice", () => {
    const document = "<domain><devices><a/></devices></domain>";
    const answer = defineDomain(encoder.encode(document));
    ensure("result" in answer, "It was refused.");
    const patched = new TextDecoder().decode(answer.result.domainXML);
    for (const ours of [/<filesystem.*<.filesystem>/, /<memoryBacking>.*<.memoryBacking>/]) {
      const twice = patched.replace(ours, (found) => found + found);
      ensure(twice !== patched, `Not in the patched domain: ${patched}`);
      ensure(!undone(twice, document), `Unnoticed: ${twice}`);
    }
    return 2;
  });
}
