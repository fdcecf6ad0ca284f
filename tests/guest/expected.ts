import { createHash } from "node:crypto";
import type { Trace } from "./comparison.ts";
import { expect } from "./report.ts";
import { DEPLOY_KEY, type UserDataName } from "./user_data.ts";

/** A file that user data asks for: its path, its type, mode and owner as far as they are given, its content. */
type ExpectedFile = readonly [path: string, attributes: string, content: string | Uint8Array];

/** What user data asks for, written down here and not taken from another boot. */
interface Expected {
  /** Every line that the owner's commands write, in the order in which cloud-init runs them. */
  readonly commands: readonly string[];
  readonly files: readonly ExpectedFile[];
  /** Lines of the databases of users and groups. */
  readonly accounts?: readonly RegExp[];
}

const OWN_LINE = 'GUEST_OWN_LINE="kept as it was"\n';

/** The cloud-config of the owner, plain or as gzip: the line in /etc/environment says which. */
const cloudConfig = (kind: string): Expected => ({
  commands: [
    "bootcmd at every boot",
    "bootcmd once",
    "runcmd as text",
    "runcmd as a list, of root",
  ],
  files: [
    [
      "/etc/owner/plain.conf",
      // Owned by root:adm; Debian gives adm the number 4.
      "0o100640 0 4",
      "text of the owner, \"quoted\" and 'quoted', $NOT_EXPANDED, `not run`, ünïcode\n  indented: yes\n",
    ],
    ["/etc/owner/decoded.bin", "0o100644 0 0", Uint8Array.of(0, 1, 2, 3, 4, 255)],
    ["/etc/environment", "", `${OWN_LINE}OWNER_LINE="${kind} of the owner"\n`],
    ["/home/deploy/here", "", "deploy was here\n"],
    ["/home/deploy/.ssh/authorized_keys", "0o100600", `${DEPLOY_KEY}\n`],
  ],
  accounts: [
    /^deploy:x:\d+:\d+:Deployer, of the owner:\/home\/deploy:\/bin\/bash$/m,
    /^adm:x:4:(\w+,)*deploy\b/m,
    /^users:x:100:(\w+,)*deploy\b/m,
  ],
});

/** @param instanceId what the jinja template writes down */
function expected(name: UserDataName, instanceId: string): Expected {
  switch (name) {
    case "cloud-config":
      return cloudConfig("cloud-config");
    case "gzip":
      return cloudConfig("gzip");
    case "mime":
      return {
        // A boothook runs early. runcmd becomes a script named runcmd, and scripts run by their names.
        commands: [
          "boothook, the third part",
          "script, the second part",
          "runcmd of the first part",
        ],
        files: [
          ["/etc/owner/from-mime.conf", "0o100600 0 0", "first part\n"],
          ["/etc/environment", "", OWN_LINE],
        ],
      };
    case "script":
      return {
        commands: ["script of the owner, of root"],
        files: [
          [
            "/etc/owner/script.conf",
            "0o100604 0 0",
            '--===============not-a-boundary==\n#cloud-config\n"quoted" $NOT_EXPANDED `not run` ünïcode\n',
          ],
          ["/etc/environment", "", OWN_LINE],
        ],
        accounts: [/^by-script:x:2500:.*:\/usr\/sbin\/nologin$/m],
      };
    case "jinja":
      return {
        commands: ["runcmd on configdrive"],
        files: [
          [
            "/etc/owner/jinja.conf",
            "0o100644 0 0",
            `id=${instanceId} host=vm\none, two, and no more\n`,
          ],
          ["/etc/environment", "", OWN_LINE],
        ],
      };
  }
}

/**
 * Compares what a boot left behind with what its user data asks for.
 *
 * @returns the evidence in words
 * @throws if anything is missing or different.
 */
export function asAskedFor(trace: Trace, name: UserDataName, instanceId: string): string {
  const { commands, files, accounts = [] } = expected(name, instanceId);
  const log = commands.map((line) => `${line}\n`).join("");
  const problems: string[] = [];
  if (trace.commands !== log) problems.push(`commands: ${trace.commands}, asked for: ${log}`);
  for (const [path, attributes, content] of files) {
    const entry = trace.files[path];
    const hash = createHash("sha256").update(content).digest("hex");
    if (entry === undefined || !entry.startsWith(attributes) || !entry.endsWith(hash)) {
      problems.push(`${path}: ${entry ?? "absent"}, asked for: ${attributes} … ${hash}`);
    }
  }
  for (const line of accounts) {
    if (!line.test(trace.accounts)) problems.push(`no user or group is ${line.source}`);
  }
  expect(problems.length === 0, problems.join("; "));
  const counts = [`${commands.length} commands`, `${files.length} files`];
  if (accounts.length > 0) counts.push(`${accounts.length} entries of users and groups`);
  return `${counts.join(", ")} as asked for`;
}
