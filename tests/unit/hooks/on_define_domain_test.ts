import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import type { HookContext } from "../../../src/hooks/decision.ts";
import { onDefineDomain } from "../../../src/hooks/on_define_domain.ts";
import { captureIdentity } from "../../../src/identity/identity.ts";
import { settingsIn } from "../../support/guest_part.ts";
import { LINUX, WINDOWS } from "../../support/kubevirt.ts";
import { credentialIn } from "../../support/scratch_guest.ts";
import { IRSA_ENVIRONMENT } from "../../support/sidecar.ts";

const SECRETS = { AWS_ACCESS_KEY_ID: "AKIA-canary", AWS_SESSION_TOKEN: "canary" };
const WITH_REGION_ONLY = {
  AWS_REGION: "eu-central-1",
  AWS_WEB_IDENTITY_TOKEN_FILE: "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
};
const TOKEN_FOLDER = "/var/run/secrets/eks.amazonaws.com/serviceaccount";

interface Call {
  readonly vmi: unknown;
  readonly domainXml?: string;
  readonly delivery?: HookContext["delivery"];
  readonly environment?: Readonly<Record<string, string>>;
  readonly mountPath?: string;
}

function define(
  { vmi, domainXml = LINUX.domainXml, delivery = "auto", environment, mountPath }: Call,
) {
  const { result, notes } = onDefineDomain({
    domainXML: new TextEncoder().encode(domainXml),
    vmi: new TextEncoder().encode(JSON.stringify(vmi)),
  }, {
    identity: captureIdentity(environment ?? IRSA_ENVIRONMENT),
    os: undefined,
    mountPath,
    webhookShare: { kind: "webhook", tag: "aws-iam-token", socket: "/run/token.sock" },
    tokenReaders: "everyone",
    delivery,
  });
  const domain = new TextDecoder().decode(result().domainXML);
  const oemStrings = [...domain.matchAll(/<entry>([^<]+)<\/entry>/g)].map(([, text = ""]) => text);
  const unit = credentialIn(oemStrings, "systemd.extra-unit.eks-irsa-sidecar.service");
  return { domain, oemStrings, unit, notes };
}

const withUserData = (source: Record<string, unknown>) => ({
  spec: { volumes: [{ name: "cloudinit", cloudInitNoCloud: source }] },
});
const labelled = (os: string) => ({
  ...withUserData({ userData: "#cloud-config\n" }),
  metadata: { labels: { "vm.kubevirt.io/os": os } },
});
const CONDITION = /ConditionPathExists=!\/run\/cloud-init\/enabled/;

const SITUATIONS:
  readonly (readonly [string, Call, "always" | "unless cloud-init runs" | "never"])[] = [
    ["no cloud-init volume", { vmi: { spec: {} } }, "always"],
    [
      "user data that cloud-init acts on",
      { vmi: withUserData({ userData: "#cloud-config\n" }) },
      "unless cloud-init runs",
    ],
    ["empty user data", { vmi: withUserData({ userData: "" }) }, "unless cloud-init runs"],
    [
      "user data of a Secret, which virt-launcher has put into the VMI",
      { vmi: withUserData({ secretRef: { name: "s" }, userData: '{"ignition":{}}' }) },
      "always",
    ],
    [
      "user data in base64 that stays as it is",
      { vmi: withUserData({ userDataBase64: btoa('{"ignition":{"version":"3.4.0"}}') }) },
      "always",
    ],
    [
      "--delivery domain",
      { vmi: withUserData({ userData: "#cloud-config\n" }), delivery: "domain" },
      "always",
    ],
    ["--delivery cloud-init", { vmi: { spec: {} }, delivery: "cloud-init" }, "never"],
    ["a Windows guest", WINDOWS, "never"],
    ["a guest without systemd, by its label", { vmi: labelled("talos") }, "never"],
    [
      "a guest with systemd whose reader takes no message",
      { vmi: labelled("fedora-coreos") },
      "always",
    ],
    [
      "a Windows guest, by its user data",
      { vmi: withUserData({ userData: "#ps1_sysnative\n" }) },
      "never",
    ],
  ];

for (const [what, call, delivers] of SITUATIONS) {
  Deno.test(`the domain delivers the role ${delivers}: ${what}`, () => {
    const { oemStrings, unit } = define(call);
    assert.equal(oemStrings.length > 0, delivers !== "never");
    assert.equal(CONDITION.test(unit), delivers === "unless cloud-init runs");
  });
}

Deno.test("the strings carry the settings that cloud-init would deliver", () => {
  const { oemStrings } = define({ vmi: { spec: {} } });
  const base64 = oemStrings.at(-1)?.replace("eks-irsa-sidecar:gzip=", "") ?? "";
  const { mountTag, variables } = settingsIn(gunzipSync(Uint8Array.fromBase64(base64)).toString());
  assert.equal(mountTag, "aws-iam-token");
  assert.equal(variables.AWS_ROLE_ARN, IRSA_ENVIRONMENT.AWS_ROLE_ARN);
});

Deno.test("the strings carry no secret, and a warning names each variable that they leave out", () => {
  const { oemStrings, notes } = define({
    vmi: { spec: {} },
    environment: { ...IRSA_ENVIRONMENT, ...SECRETS },
  });
  const base64 = oemStrings.at(-1)?.replace("eks-irsa-sidecar:gzip=", "") ?? "";
  const { variables } = settingsIn(gunzipSync(Uint8Array.fromBase64(base64)).toString());
  assert.deepEqual(Object.keys(variables).filter((name) => name in SECRETS), []);
  assert.equal(variables.AWS_WEB_IDENTITY_TOKEN_FILE, "/run/aws-iam-token/token");
  for (const [name, value] of Object.entries(SECRETS)) {
    assert(notes.some(({ level, message }) => level === "warning" && message.includes(name)));
    assert(!JSON.stringify(notes).includes(value));
  }
});

Deno.test("a VM with a containerPath volume gets the strings, and no device", () => {
  const { domain, oemStrings } = define({ vmi: containerPathVmi() });
  assert.equal(oemStrings.length, 4);
  assert.equal(
    domain.replace(/\n\t\t<oemStrings>.*<\/oemStrings>/, ""),
    LINUX.domainXml,
  );
});

Deno.test("without a role the domain stays as it is, and there is nothing to say", () => {
  const { domain, notes } = define({ vmi: { spec: {} }, environment: {} });
  assert.equal(domain, LINUX.domainXml);
  assert.deepEqual(notes, []);
});

Deno.test("the first note says what became of the device, and names its tag", () => {
  const first = define({ vmi: { spec: {} } });
  const again = define({ vmi: { spec: {} }, domainXml: first.domain });
  const theirs = define({ vmi: containerPathVmi() });
  for (
    const [{ notes: [note] }, tag, message] of [
      [first, "aws-iam-token", /were added/],
      [again, "aws-iam-token", /already has/],
      [theirs, "irsa", /KubeVirt adds the device/],
    ] as const
  ) {
    assert.equal(note?.level, "info");
    assert.match(note.message, message);
    assert.deepEqual(note.fields, { tag });
  }
});

Deno.test("a note says when the guest gets the role through the domain, and which variables", () => {
  for (
    const [vmi, message] of [
      [{ spec: {} }, /through the domain, if/],
      [withUserData({ userData: "#cloud-config\n" }), /if cloud-init does not run/],
    ] as const
  ) {
    const [_, note, ...others] = define({ vmi, environment: WITH_REGION_ONLY }).notes;
    assert.equal(note?.level, "info");
    assert.match(note.message, message);
    const { guestOS, evidence, variables } = note.fields ?? {};
    assert.equal(guestOS, "linux");
    assert.match(String(evidence), /no hint/);
    assert.equal(variables, "AWS_REGION AWS_WEB_IDENTITY_TOKEN_FILE");
    assert.deepEqual(others, []);
  }
});

Deno.test("where the domain is the only way, a warning names each variable that the guest cannot hold", () => {
  const environment = { ...WITH_REGION_ONLY, AWS_NOTE: "a#b" };
  const warnings = (vmi: unknown) =>
    define({ vmi, environment }).notes.filter(({ level }) => level === "warning");
  assert.match(warnings({ spec: {} })[0]?.message ?? "", /variable AWS_NOTE/);
  assert.deepEqual(warnings(withUserData({ userData: "#cloud-config\n" })), []);
});

Deno.test("a guest that the flags do not fit gets the device, and a warning", () => {
  const { domain, oemStrings, notes } = define({ vmi: { spec: {} }, mountPath: "C:\\token" });
  assert.match(domain, /<target dir="aws-iam-token"\/>/);
  assert.deepEqual(oemStrings, []);
  const [_, note, ...others] = notes;
  assert.equal(note?.level, "warning");
  assert.match(note.message, /guest gets none: The flag --mount-path/);
  assert.deepEqual(others, []);
  const theirs = define({ vmi: containerPathVmi(), mountPath: "C:\\token" });
  assert.equal(theirs.domain, LINUX.domainXml);
});

Deno.test("a domain that nothing is added to is not read", () => {
  const { domain, notes } = define({
    vmi: containerPathVmi(),
    domainXml: "no XML",
    delivery: "cloud-init",
  });
  assert.equal(domain, "no XML");
  assert.deepEqual(notes.map(({ level }) => level), ["info"]);
});

Deno.test("a warning quotes the whole reason why a domain cannot be read", () => {
  const { notes } = define({ vmi: containerPathVmi(), domainXml: "<!DOCTYPE domain><domain/>" });
  assert.match(notes.at(-1)?.message ?? "", /writes one\. Look for [^.]*\.$/);
});

Deno.test("a domain that cannot be read starts unchanged where KubeVirt adds the device", () => {
  const domainXml = `<domain>${" ".repeat(200_000)}</domain>`;
  const { domain, notes } = define({ vmi: containerPathVmi(), domainXml });
  assert.equal(domain, domainXml);
  assert(
    notes.some(({ level, message }) =>
      level === "warning" &&
      /guest gets none: The domain XML has 200017 bytes/.test(message)
    ),
  );
});

Deno.test("a domain that cannot have the strings gets the device, and a warning only if nothing else delivers", () => {
  const domainXml = '<domain><os><type arch="s390x">hvm</type></os><devices/></domain>';
  for (
    const [vmi, level] of [
      [{ spec: {} }, "warning"],
      [withUserData({ userData: "#cloud-config\n" }), "info"],
    ] as const
  ) {
    const { domain, oemStrings, notes } = define({ vmi, domainXml });
    assert.deepEqual(oemStrings, []);
    assert.match(domain, /<target dir="aws-iam-token"\/>/);
    assert.equal(notes.find(({ message }) => /no SMBIOS/.test(message))?.level, level);
  }
});

Deno.test("a warning says that a guest without systemd gets no role from the domain alone", () => {
  for (const delivery of ["domain", "auto"] as const) {
    const { notes } = define({ ...WINDOWS, delivery });
    assert.equal(
      notes.some(({ level, message }) => level === "warning" && /guest gets none/.test(message)),
      delivery === "domain",
    );
  }
});

Deno.test("a second definition of our own output changes nothing", () => {
  const { domain } = define({ vmi: { spec: {} } });
  assert.equal(define({ vmi: { spec: {} }, domainXml: domain }).domain, domain);
});

function containerPathVmi() {
  return {
    spec: {
      domain: { devices: { filesystems: [{ name: "irsa", virtiofs: {} }] } },
      volumes: [{ name: "irsa", containerPath: { path: TOKEN_FOLDER } }],
    },
  };
}
