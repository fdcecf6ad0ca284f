import { gzipSync } from "node:zlib";
import fc from "fast-check";

const encoder = new TextEncoder();

const opening = fc.constantFrom(
  "",
  "#cloud-config\n",
  "#cloud-config-archive\n",
  "#!/bin/sh\n",
  "#cloud-boothook\n",
  "#include\n",
  "#part-handler\n",
  "#ps1_sysnative\n",
  "rem cmd\r\n",
  "<powershell>\n",
  "## template: jinja\n#cloud-config\n",
  "\n\n#cloud-config\n",
  "\uFEFF#cloud-config\n",
  '{"ignition": {}}',
  "-----BEGIN CERTIFICATE-----\n",
);

/** Text that is similar to a boundary, a line of base64 or the end of a line. */
const line = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.constantFrom(
    "--=eks-irsa-sidecar-0=",
    "--=eks-irsa-sidecar-0=--",
    "=eks-irsa-sidecar-1=",
    "#eks-irsa-settings: e30=",
    "Content-Type: multipart/mixed",
    "MIME-Version: 1.0",
    "\uFEFF",
    "\uFFFD",
    "\0",
    "From here",
    ".",
  ),
);
const end = fc.constantFrom("\n", "\r\n", "\r", "", "\n\n", "\u2028", "\u0085", "\x0b");
const lines = fc.array(fc.tuple(line, end), { maxLength: 8 }).map((all) => all.flat().join(""));

/** MIME messages, valid and not valid. */
export const anyMessage: fc.Arbitrary<string> = fc.tuple(
  fc.constantFrom(
    'Content-Type: multipart/mixed; boundary="B"\nMIME-Version: 1.0\n',
    'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="=eks-irsa-sidecar-0="\n',
    "From nobody Sat Jan  1 00:00:00 2000\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n",
    "Content-Type: text/x-shellscript\nMIME-Version: 1.0\n",
    "mime-version: 1.0\nContent-Type: text/cloud-config\n",
    "MIME-Version: 1.0\n",
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n",
    "MIME-Version: 1.0\rContent-Type: multipart/mixed;\r boundary=B\r",
    // A header with a line that ends it early, or that starts with a line that is no field.
    "MIME-Version: 1.0\nno field\nContent-Type: multipart/mixed; boundary=B\n",
    " \nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n",
    "\tfolded\r\nMIME-Version: 1.0\r\n",
    'MIME-Version: 1.0\nContent-Type: multipart/mixed; x="boundary=A"; boundary="B"\n',
  ),
  fc.array(
    fc.tuple(
      fc.constantFrom(
        "--B\n",
        "--B-- x\n",
        "--B-- \n",
        "--=eks-irsa-sidecar-0=\n",
        "--B--\n",
        "--B\r\n",
        "",
      ),
      fc.constantFrom(
        "",
        "Content-Type: text/cloud-config\n\n",
        "Content-Transfer-Encoding: base64\n\n",
      ),
      lines,
    ),
    { maxLength: 4 },
  ),
  fc.constantFrom("", "--B--\n", "--B--", "\r", "\n--B--\r\n"),
).map(([header, parts, last]) => `${header}\n${parts.flat().join("")}${last}`);

/** User data that is not a message: any text, any bytes, and gzip of them. */
export const anyContent: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.tuple(opening, lines).map(([first, rest]) => encoder.encode((first + rest).toWellFormed())),
  fc.tuple(opening, fc.uint8Array({ maxLength: 60 })).map(([first, rest]) =>
    Uint8Array.from([...encoder.encode(first), ...rest])
  ),
  fc.uint8Array({ maxLength: 60 }),
  fc.tuple(opening, lines).map(([first, rest]) =>
    new Uint8Array(gzipSync(encoder.encode((first + rest).toWellFormed())))
  ),
  fc.uint8Array({ maxLength: 30 }).map((rest) => Uint8Array.from([0x1f, 0x8b, ...rest])),
);

export const anyUserData: fc.Arbitrary<Uint8Array> = fc.oneof(
  { arbitrary: anyContent, weight: 3 },
  { arbitrary: anyMessage.map((message) => encoder.encode(message.toWellFormed())), weight: 1 },
);
