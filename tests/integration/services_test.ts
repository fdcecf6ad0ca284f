import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { partsOf, settingsIn } from "../support/guest_part.ts";
import { damagedByGo, LINUX, noCloudData, vmiWithBase64, WINDOWS } from "../support/kubevirt.ts";
import { decodeBody, readEntity } from "../support/mime.ts";
import { IRSA_ENVIRONMENT, startSidecar } from "../support/sidecar.ts";
import { type HookVersion, VirtLauncher } from "../support/virt_launcher.ts";

const INVALID_ARGUMENT = 3;
const UNIMPLEMENTED = 12;
const ALL: readonly HookVersion[] = ["v1alpha3", "v1alpha2", "v1alpha1"];
const SECRETS = {
  ...IRSA_ENVIRONMENT,
  AWS_SECRET_ACCESS_KEY: "canary-secret-key",
  AWS_SESSION_TOKEN: "canary-session-token",
};

const SUBSCRIPTIONS:
  readonly (readonly [readonly string[], readonly string[], readonly string[]])[] = [
    [[], ALL, ["OnDefineDomain", "PreCloudInitIso", "Shutdown"]],
    [["--version", "v1alpha1"], ["v1alpha1"], ["OnDefineDomain"]],
    [["--version=v1alpha2"], ["v1alpha2"], ["OnDefineDomain", "PreCloudInitIso"]],
    [["serve", "--version", "v1alpha3"], ["v1alpha3"], [
      "OnDefineDomain",
      "PreCloudInitIso",
      "Shutdown",
    ]],
    [["--hooks", "onDefineDomain"], ALL, ["OnDefineDomain", "Shutdown"]],
    [["--hooks=preCloudInitIso"], ALL, ["PreCloudInitIso", "Shutdown"]],
  ];

for (const [args, versions, hookPoints] of SUBSCRIPTIONS) {
  Deno.test(`Info with ${args.join(" ") || "no flags"}`, async () => {
    await using sidecar = await startSidecar({ args });
    const info = await new VirtLauncher(sidecar.socket).info();
    assert.equal(info.name, "eks-irsa");
    assert.deepEqual(info.versions, versions);
    assert.deepEqual(info.hookPoints.map(({ name }) => name), hookPoints);
    await sidecar.stop();
    const [started] = sidecar.events;
    assert.equal(started?.msg, `Listening on ${sidecar.socket}.`);
    assert.equal(started?.hookPoints, hookPoints.join(" "));
  });
}

Deno.test("every version serves its own calls, and no other version's", async () => {
  await using sidecar = await startSidecar();
  for (const version of ALL) {
    const launcher = new VirtLauncher(sidecar.socket, version);
    assert.match(await launcher.onDefineDomain(LINUX), /<target dir="aws-iam-token"\/>/);
    if (version === "v1alpha1") continue;
    assert.equal(partsOf((await launcher.preCloudInitIso(LINUX)).UserData).length, 3);
  }
  await using narrow = await startSidecar({ args: ["--version", "v1alpha1"] });
  await assert.rejects(new VirtLauncher(narrow.socket, "v1alpha3").shutdown(), {
    code: UNIMPLEMENTED,
  });
});

Deno.test("a Linux guest gets role, region and token path, and its own user data", async () => {
  await using sidecar = await startSidecar();
  const launcher = new VirtLauncher(sidecar.socket);
  const both = await launcher.preCloudInitIsoBoth(LINUX);
  const { UserData, ...rest } = both.cloudInitData;
  const { UserData: original, ...restBefore } = LINUX.cloudInitData;
  assert.deepEqual(rest, restBefore);
  assert.equal(both.cloudInitNoCloudSource.userData, UserData);
  assert.equal(both.cloudInitNoCloudSource.networkData, LINUX.cloudInitData.NetworkData);
  assert.deepEqual(settingsIn(UserData), {
    mountTag: "aws-iam-token",
    mountPath: "/aws-iam-token",
    tokenName: "token",
    tokenReaders: "everyone",
    variables: {
      AWS_DEFAULT_REGION: "eu-central-1",
      AWS_REGION: "eu-central-1",
      AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/vm-reader",
      AWS_STS_REGIONAL_ENDPOINTS: "regional",
      AWS_WEB_IDENTITY_TOKEN_FILE: "/run/aws-iam-token/token",
    },
  });
  const [ours = "", theirs = ""] = partsOf(UserData).map(readEntity);
  assert(typeof ours !== "string" && typeof theirs !== "string");
  assert.match(ours.headers.get("content-type") ?? "", /^text\/cloud-boothook/);
  assert.match(ours.body, /^#cloud-boothook\n#!\/bin\/sh\n/);
  assert.equal(new TextDecoder().decode(decodeBody(theirs)), original);
});

Deno.test("a Windows guest gets a script for cloudbase-init and its own paths", async () => {
  await using sidecar = await startSidecar();
  const { UserData } = await new VirtLauncher(sidecar.socket).preCloudInitIso(WINDOWS);
  const settings = settingsIn(UserData);
  assert.equal(settings.mountPath, "C:\\ProgramData\\eks-irsa-sidecar\\share");
  assert.equal(
    settings.variables.AWS_WEB_IDENTITY_TOKEN_FILE,
    "C:\\ProgramData\\eks-irsa-sidecar\\token",
  );
  const [ours = "", theirs = ""] = partsOf(UserData);
  assert.match(ours, /^Content-Type: text\/x-shellscript.*filename="eks-irsa-sidecar\.ps1"/s);
  assert.match(theirs, /^Content-Type: text\/x-shellscript.*filename="userdata"/s);
  await sidecar.stop();
  const [event] = sidecar.events.filter(({ hook }) => hook === "PreCloudInitIso");
  assert.equal(event?.pos, "services.ts");
  assert.equal(event?.guestOS, "windows");
  assert.equal(event?.evidence, "the annotation vm.kubevirt.io/os is windows2k22");
});

Deno.test("the flags reach the guest and the domain", async () => {
  await using sidecar = await startSidecar({
    args: [
      "--os=linux",
      "--mount-path=/opt/token",
      "--mount-tag=irsa",
      "--virtiofs-socket=/x/y.sock",
    ]
      .concat("--token-readers=group:aws"),
  });
  const launcher = new VirtLauncher(sidecar.socket);
  const settings = settingsIn(
    (await launcher.preCloudInitIso({ ...LINUX, vmi: WINDOWS.vmi })).UserData,
  );
  assert.equal(settings.mountPath, "/opt/token");
  assert.equal(settings.mountTag, "irsa");
  assert.equal(settings.tokenReaders, "group:aws");
  const domain = await launcher.onDefineDomain(LINUX);
  assert.match(domain, /<source socket="\/x\/y\.sock"\/><target dir="irsa"\/>/);
});

Deno.test("if not everyone may read the token, the guest mounts the share in a folder of root's", async () => {
  await using sidecar = await startSidecar({ args: ["--token-readers=root"] });
  const { UserData } = await new VirtLauncher(sidecar.socket).preCloudInitIso(LINUX);
  assert.equal(settingsIn(UserData).mountPath, "/run/eks-irsa-sidecar/mount");
});

Deno.test("the domain of a Windows VM keeps its hugepages and shares its private cell", async () => {
  await using sidecar = await startSidecar();
  const domain = await new VirtLauncher(sidecar.socket).onDefineDomain(WINDOWS);
  assert.match(
    domain,
    /<hugepages><\/hugepages>\s*<source type="memfd"\/><access mode="shared"\/>/,
  );
  assert.match(domain, /memAccess="shared"/);
});

Deno.test("for a containerPath volume of the token's folder no device is added, and the guest mounts its tag", async () => {
  await using sidecar = await startSidecar();
  const vmi = {
    spec: {
      domain: { devices: { filesystems: [{ name: "irsa-token", virtiofs: {} }] } },
      volumes: [{
        name: "irsa-token",
        containerPath: {
          path: "/var/run/secrets/eks.amazonaws.com/serviceaccount",
          readOnly: true,
        },
      }],
    },
  };
  const launcher = new VirtLauncher(sidecar.socket);
  const domain = await launcher.onDefineDomain({ ...LINUX, vmi });
  assert.equal(domain.replace(/\n\t\t<oemStrings>.*<\/oemStrings>/, ""), LINUX.domainXml);
  const { UserData } = await launcher.preCloudInitIso({ ...LINUX, vmi });
  assert.equal(settingsIn(UserData).mountTag, "irsa-token");
});

Deno.test("gzip user data is restored from the VMI, because KubeVirt damages it", async () => {
  await using sidecar = await startSidecar();
  const original = new Uint8Array(gzipSync("#cloud-config\nruncmd: [ls]\n"));
  const { UserData } = await new VirtLauncher(sidecar.socket).preCloudInitIso({
    vmi: vmiWithBase64(original),
    cloudInitData: noCloudData(damagedByGo(original)),
  });
  const [, theirs = ""] = partsOf(UserData);
  assert.equal(
    new TextDecoder().decode(decodeBody(readEntity(theirs))),
    "#cloud-config\nruncmd: [ls]\n",
  );
});

const HYPERV = { domain: { features: { hyperv: {} } } };

/** Other hints in the VMI, gzip user data that KubeVirt damages, and the guest. */
const PACKED: readonly (readonly [Record<string, unknown>, string, string])[] = [
  [HYPERV, "#!/bin/sh\nid\n", "linux"],
  [HYPERV, "#Cloud-Config-Archive\n- '#!/bin/sh'\n", "linux"],
  [{}, "#ps1_sysnative\nGet-Date\n", "windows"],
];

for (const [spec, userData, os] of PACKED) {
  Deno.test(`gzip user data is a hint of ${os}: ${JSON.stringify(userData)}`, async () => {
    await using sidecar = await startSidecar();
    const original = new Uint8Array(gzipSync(userData));
    const vmi = vmiWithBase64(original);
    const { UserData } = await new VirtLauncher(sidecar.socket).preCloudInitIso({
      vmi: { ...vmi, spec: { ...spec, ...vmi.spec } },
      cloudInitData: noCloudData(damagedByGo(original)),
    });
    const [ours = "", theirs = ""] = partsOf(UserData);
    assert.match(ours, os === "linux" ? /^Content-Type: text\/cloud-boothook/ : /\.ps1"/);
    assert.equal(new TextDecoder().decode(decodeBody(readEntity(theirs))), userData);
    await sidecar.stop();
    assert(sidecar.events.some(({ guestOS }) => guestOS === os));
  });
}

for (const userData of ['{"ignition":{"version":"3.4.0"}}', "version: v1alpha1\nmachine: {}\n"]) {
  Deno.test(`user data that no reader acts on is not changed, with a warning: ${userData.trim()}`, async () => {
    await using sidecar = await startSidecar();
    const call = { vmi: LINUX.vmi, cloudInitData: noCloudData(userData) };
    const result = await new VirtLauncher(sidecar.socket).preCloudInitIso(call);
    assert.deepEqual(result, call.cloudInitData);
    await sidecar.stop();
    assert(
      sidecar.events.some(({ level, msg }) => level === "warning" && /gets no role/.test(msg)),
    );
  });
}

Deno.test("with empty user data the guest gets only our parts", async () => {
  await using sidecar = await startSidecar();
  const call = { vmi: LINUX.vmi, cloudInitData: noCloudData("") };
  const { UserData, NetworkData } = await new VirtLauncher(sidecar.socket).preCloudInitIso(call);
  assert.equal(partsOf(UserData).length, 2);
  assert.equal(NetworkData, call.cloudInitData.NetworkData);
});

Deno.test("without a role both hooks return their input, and the log says so once", async () => {
  await using sidecar = await startSidecar({ env: { AWS_REGION: "eu-central-1" } });
  const launcher = new VirtLauncher(sidecar.socket);
  assert.deepEqual((await launcher.info()).hookPoints.map(({ name }) => name), ["Shutdown"]);
  for (let time = 0; time < 2; time++) {
    assert.deepEqual(await launcher.preCloudInitIso(LINUX), LINUX.cloudInitData);
    assert.equal(await launcher.onDefineDomain(LINUX), LINUX.domainXml);
  }
  await sidecar.stop();
  const reasons = sidecar.events.filter(({ msg }) => msg.includes("AWS_WEB_IDENTITY_TOKEN_FILE"));
  assert.equal(reasons.length, 1);
});

Deno.test("a pod with a role and no region is a warning in the log", async () => {
  const { AWS_REGION: _region, AWS_DEFAULT_REGION: _default, ...env } = IRSA_ENVIRONMENT;
  await using sidecar = await startSidecar({ env });
  await sidecar.stop();
  const warnings = sidecar.events.filter(({ level }) => level === "warning");
  assert.deepEqual(warnings.map(({ msg }) => /no AWS_REGION/.test(msg)), [true]);
});

Deno.test("without a role the sidecar subscribes to the hook points of --hooks", async () => {
  await using sidecar = await startSidecar({ env: {}, args: ["--hooks", "onDefineDomain"] });
  const { hookPoints } = await new VirtLauncher(sidecar.socket).info();
  assert.deepEqual(hookPoints.map(({ name }) => name), ["OnDefineDomain", "Shutdown"]);
});

Deno.test("a variable that the guest cannot hold is left out, with a warning that names it", async () => {
  const env = { ...IRSA_ENVIRONMENT, AWS_PROFILE: "a#b", AWS_TWO_LINES: "canary\nlines" };
  await using sidecar = await startSidecar({ env });
  const { UserData } = await new VirtLauncher(sidecar.socket).preCloudInitIso(LINUX);
  assert.equal(settingsIn(UserData).variables.AWS_PROFILE, undefined);
  await sidecar.stop();
  const warnings = sidecar.events.filter(({ level }) => level === "warning").map(({ msg }) => msg);
  assert.equal(warnings.length, 2);
  assert.match(warnings.join(), /AWS_PROFILE: \/etc\/environment would cut/);
  assert.match(warnings.join(), /AWS_TWO_LINES: its value has a control character/);
  assert.doesNotMatch(sidecar.stderr, /canary/);
});

Deno.test("a variable that a Windows guest cannot hold is left out, with a warning that names it", async () => {
  const env = { ...IRSA_ENVIRONMENT, AWS_profile: "canary-lower", AWS_EMPTY: "" };
  await using sidecar = await startSidecar({ env });
  const { UserData } = await new VirtLauncher(sidecar.socket).preCloudInitIso(WINDOWS);
  const { AWS_WEB_IDENTITY_TOKEN_FILE: _, ...variables } = settingsIn(UserData).variables;
  const { AWS_WEB_IDENTITY_TOKEN_FILE: __, ...captured } = IRSA_ENVIRONMENT;
  assert.deepEqual(variables, captured);
  await sidecar.stop();
  const warnings = sidecar.events.filter(({ level }) => level === "warning").map(({ msg }) => msg);
  assert.equal(warnings.length, 2);
  assert.match(warnings.join(), /AWS_EMPTY: Windows cannot hold an empty value/);
  assert.match(warnings.join(), /AWS_profile: its name has other characters than A to Z/);
  assert.doesNotMatch(sidecar.stderr, /canary/);
});

const BAD_CALLS: readonly (readonly [string, string, Record<string, Uint8Array>, RegExp])[] = [
  [
    "a domain that is no XML",
    "OnDefineDomain",
    { domainXML: text("canary-xml <") },
    /line 1, column 1/,
  ],
  ["no domain at all", "OnDefineDomain", {}, /line 1, column 1/],
  [
    "a domain without devices",
    "OnDefineDomain",
    { domainXML: text("<!-- canary -->\n<domain><devices2/></domain>") },
    /<domain> \(line 2, column 1\) has no <devices> element/,
  ],
  [
    "another document than a domain",
    "OnDefineDomain",
    { domainXML: text("<domainsnapshot><domain><devices/></domain></domainsnapshot>") },
    /root element <domainsnapshot> \(line 1, column 1\): libvirt's domain documents have <domain>/,
  ],
  ["a VMI that is no JSON", "OnDefineDomain", {
    domainXML: text("<domain/>"),
    vmi: text("canary-vmi"),
  }, /vmi is not JSON/],
  [
    "cloud-init data that is no JSON",
    "PreCloudInitIso",
    { cloudInitData: text('{"canary') },
    /cloudInitData is not JSON/,
  ],
  ["no cloud-init data at all", "PreCloudInitIso", {}, /Neither cloudInitData nor/],
];

for (const [situation, method, request, message] of BAD_CALLS) {
  Deno.test(`INVALID_ARGUMENT says what to fix: ${situation}`, async () => {
    await using sidecar = await startSidecar({ env: SECRETS });
    const call = new VirtLauncher(sidecar.socket).callback(method, request);
    await assert.rejects(call, (error: { code: number; details: string }) => {
      assert.equal(error.code, INVALID_ARGUMENT);
      assert.match(error.details, message);
      assert.doesNotMatch(error.details, /canary/);
      return true;
    });
    await sidecar.stop();
    assert(sidecar.events.some(({ level, msg }) => level === "error" && message.test(msg)));
    assert.doesNotMatch(sidecar.stderr, /canary/);
  });
}

const BAD_FLAGS: readonly (readonly [readonly string[], typeof LINUX, RegExp])[] = [
  [["--mount-path", "C:\\token"], LINUX, /--mount-path names no absolute path of a Linux guest/],
  [["--mount-path", "/token"], WINDOWS, /--mount-path names no path of a Windows guest/],
  [
    ["--token-readers", "root"],
    WINDOWS,
    /can only be everyone.*the share's own token to every user/,
  ],
];

for (const [args, vm, message] of BAD_FLAGS) {
  Deno.test(`a flag that does not fit the guest is refused: ${args.join(" ")}`, async () => {
    await using sidecar = await startSidecar({ args });
    await assert.rejects(new VirtLauncher(sidecar.socket).preCloudInitIso(vm), {
      code: INVALID_ARGUMENT,
      details: message,
    });
  });
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}
