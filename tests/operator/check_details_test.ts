import assert from "node:assert/strict";
import { notesOn } from "../../src/operator/check/report.ts";
import { formatPath } from "../../src/operator/manifest/path.ts";
import {
  ANNOTATION,
  dedicated,
  gates,
  image,
  kubevirt,
  metadata,
  noCloudInit,
  OURS,
  role,
  s390x,
  SHIM,
  spec,
  TEMPLATE,
  VOLUMES,
  windows,
} from "./check_case.ts";
import {
  all,
  args,
  beside,
  cloudInit,
  containerPath,
  type Edit,
  sidecars,
  template,
  userData,
} from "./edit.ts";
import { checked, codesOf, findingsOf } from "./findings.ts";

Deno.test("Guaranteed QoS by equal limits is recognised too", () => {
  const limits = { cpu: "2", memory: "1Gi" };
  const equal = spec((s) =>
    s.domain.resources = { requests: { cpu: "2000m", memory: "1024Mi" }, limits }
  );
  const lower = spec((s) => s.domain.resources = { requests: { cpu: "1" }, limits });
  assert.deepEqual(codesOf(equal), ["guaranteed-with-webhook"]);
  assert.deepEqual(codesOf(lower), []);
});

Deno.test("the namespace's default service account is fine if it has a role", () => {
  const unnamed = all(
    spec((s) => s.volumes[1] = { name: "sa", configMap: { name: "anything" } }),
    ({ serviceAccount }) => serviceAccount.metadata.name = "default",
  );
  assert.deepEqual(codesOf(unnamed), []);
});

Deno.test("another sidecar that may subscribe to PreCloudInitIso is a warning, one that does is an error", () => {
  const severities = (edit: Edit) => findingsOf(edit).map(({ severity }) => severity);
  assert.deepEqual(severities(sidecars(OURS, { image: "other:1" })), ["warning"]);
  assert.deepEqual(severities(sidecars(OURS, SHIM("preCloudInitIso"))), ["error"]);
});

const USER_DATA = `${VOLUMES}[2].cloudInitNoCloud.userData`;
const damagedSecret = all(
  cloudInit({ secretRef: { name: "s" } }),
  beside({ kind: "Secret", metadata: { name: "s" }, data: { userData: "H4sIAAAAAAAAAw==" } }),
);

/** What makes a hook fail, and the place that the finding names. */
const FAILURES: readonly (readonly [string, Edit, string])[] = [
  ["args", args("--mount-path", "C:\\token"), ANNOTATION],
  ["user data in a Secret", damagedSecret, "data.userData"],
  [
    "both: the finding names the one of the message",
    all(args("--mount-path", "C:\\token"), damagedSecret),
    "data.userData",
  ],
  ["the VMI", spec((s) => s.domain.devices.disks.push({ name: "\u0001" })), `${TEMPLATE}.spec`],
];

for (const [what, edit, place] of FAILURES) {
  Deno.test(`a hook that fails because of ${what} names that`, () => {
    const found = findingsOf(edit).filter(({ code }) => code === "hook-fails");
    assert.deepEqual(found.map(({ path }) => formatPath(path)), [place]);
  });
}

/** User data that may conflict with the sidecar, and what is found. */
const COLLISIONS: readonly (readonly [string, readonly string[]])[] = [
  ["#cloud-config\nmounts:\n- [data, /aws-iam-token/, ext4]\n", ["mount-path-taken"]],
  ["#cloud-config\nmounts: [[data, /aws-iam-token/more]]\n", ["mount-path-taken"]],
  ["#!/bin/sh\nmount tmpfs /run/aws-iam-token\n", ["mount-path-taken"]],
  ["#!/bin/sh\nmkdir /run/aws-iam-token/x\n", ["mount-path-taken"]],
  ["#!/bin/sh\ncat /run/aws-iam-token/token /aws-iam-token/token\n", []],
  ["#!/bin/sh\nls /srv/aws-iam-token /aws-iam-token.old\n", []],
  ["#cloud-config\nmounts:\n- [aws-iam-token, /srv, virtiofs]\n", ["mount-tag-mounted"]],
  ["#!/bin/sh\necho A=1 >/etc/environment\n", ["environment-replaced"]],
  ["#!/bin/sh\necho A=1 | tee /etc/environment\n", ["environment-replaced"]],
  ["#!/bin/sh\necho A=1 >> /etc/environment; tee -a /etc/environment\n", []],
  ["#cloud-config\nwrite_files: [{path: /etc/environment}]\n", ["environment-replaced"]],
  ["#cloud-config\nwrite_files:\n- {path: /etc/environment, append: true}\n", []],
  ["#cloud-config\nwrite_files:\n- append: true\n  path: /x\n- path: /etc/environment\n", [
    "environment-replaced",
  ]],
  ["#cloud-config\nwrite_files:\n- path: /etc/environment.d/x.conf\n", []],
  ...[
    "#!/bin/sh\necho A=1 > \t'/etc/environment'\n",
    '#!/bin/sh\necho A=1 >"/etc/environment"; date\n',
    '#cloud-config\n{"write_files": [{"path": "/etc/environment", "content": ""}]}\n',
    '#cloud-config\n{"write_files": [{"path":"/etc/environment"}]}\n',
    "#cloud-config\nwrite_files:\n- 'path':  '/etc/environment' \t\n  append: false\n",
    "#cloud-config\nwrite_files:\n  - path: /etc/environment\n  - path: /x\n    append: true\n",
    "#cloud-config\nwrite_files:\n-  path: /etc/environment\n-\tappend: true\n   path: /x\n",
    "#cloud-config\nwrite_files: [{path: /etc/environment}, {append: true, path: /x}]\n",
    "#cloud-config\nwrite_files: [{append: true, path: /x}, {path: /etc/environment}]\n",
    "#cloud-config\nwrite_files:\n- path: /etc/environment\n  my-append-x: true\n",
  ].map((text) => [text, ["environment-replaced"]] as const),
  ...[
    "#!/bin/sh\necho A=1 >/etc/environment.old >/etc/environment2 >/etc/environment-x\n",
    "#!/bin/sh\necho A=1 >/etc/environment/x; cat /etc/environment\n",
    "#cloud-config\nwrite_files:\n- path: /etc/environment\n  append:   true\n",
    "#cloud-config\nwrite_files:\n- append: true\n  content: a - b\n  path: /etc/environment\n",
    '#cloud-config\n{"write_files": [{"path": "/etc/environment", "append": true}]}\n',
    "#cloud-config\nwrite_files:\n- path: /etc/environment\n  'append': 'true'\n",
    "#cloud-config\nwrite_files:\n- append: true\n  path: /etc/environment\n",
    "#cloud-config\nwrite_files:\n- content: a-b - c\n  path: /etc/environment\n  append: true\n",
    "#cloud-config\nwrite_files:\n- mypath: /etc/environment x\n",
    "#!/bin/sh\nls /srv/aws-iam-token2 x/aws-iam-token /aws-iam-token-old\n",
  ].map((text) => [text, []] as const),
  ...[
    "'/aws-iam-token'",
    '"/aws-iam-token/x"',
    "a=/aws-iam-token;",
    "(/aws-iam-token)",
    "a:/aws-iam-token,b",
  ]
    .map((word) => [`#!/bin/sh\nmount ${word}\n`, ["mount-path-taken"]] as const),
  ["#!/bin/sh\ncat /aws-iam-token/token; mount /aws-iam-token\n", ["mount-path-taken"]],
  ["#!/bin/sh\nmount aws-iam-token /srv -t virtiofs\n", ["mount-tag-mounted"]],
];

for (const [text, codes] of COLLISIONS) {
  Deno.test(`conflicts of ${JSON.stringify(text)}: ${codes.join() || "none"}`, () => {
    assert.deepEqual(codesOf(userData(text)), codes);
  });
}

/** User data that is not changed, and the fix. */
const FIXES: readonly (readonly [string, RegExp])[] = [
  ['{"ignition": {"version": "3.4.0"}}', /^If another program reads it.*keep it/],
  ["version: v1alpha1\nmachine:\n  type: worker\n", /first line has to be #cloud-config\. If an/],
  ["# ours\n---\nhostname: x\n", /first line has to be #cloud-config\. If another/],
  ["just some words", /^Begin it with #cloud-config/],
];

for (const [text, fix] of FIXES) {
  Deno.test(`the fix for ${JSON.stringify(text)}`, () => {
    const [finding] = findingsOf(all(s390x, userData(text)));
    assert.equal(finding?.code, "user-data-untouched");
    assert.equal(formatPath(finding?.path ?? []), USER_DATA);
    assert.match(finding?.fix ?? "", fix);
  });
}

Deno.test("a note says which resources the sidecar gets in a Guaranteed pod", () => {
  const notes = (edit: Edit) => checked(edit).flatMap(({ context }) => notesOn(context)).join();
  assert.match(notes(dedicated), /gives the sidecar 200m CPU and 64M memory/);
  const more = kubevirt((kv) =>
    kv.spec.configuration.supportContainerResources = [
      { type: "sidecar", resources: { limits: { cpu: 1, memory: "128Mi" } } },
    ]
  );
  assert.match(notes(all(dedicated, more)), /gives the sidecar 1 CPU and 128Mi memory/);
  assert.equal(notes(() => {}), "");
});

Deno.test("an empty annotation needs no gate, and cannot be read", () => {
  const empty: Edit = (fixture) => {
    template(fixture).metadata.annotations["hooks.kubevirt.io/hookSidecars"] = "";
  };
  assert.deepEqual(codesOf(all(empty, gates())), ["sidecar-malformed"]);
});

/** VMs without a cloud-init volume, and the fix. */
const WITHOUT_CLOUD_INIT: readonly (readonly [string, Edit, RegExp, string | undefined])[] = [
  [
    "of Linux",
    noCloudInit,
    /#cloud-config.*give the sidecar:$/,
    '"args": ["--hooks", "onDefineDomain"]',
  ],
  [
    "of Linux that shares",
    all(noCloudInit, containerPath()),
    /#cloud-config.*give the sidecar:$/,
    '"args": ["--hooks", "onDefineDomain"]',
  ],
  [
    "of Windows",
    all(windows, noCloudInit),
    /cloudbase-init has to read in the guest\.$/,
    undefined,
  ],
  [
    "on s390x",
    all(s390x, noCloudInit),
    /^Add a volume with cloudInitNoCloud \([^)]*\)\.$/,
    undefined,
  ],
  [
    "of a guest without systemd",
    all(image("registry.example/alpine:3"), noCloudInit),
    /^Add a volume with cloudInitNoCloud \([^)]*\)\.$/,
    undefined,
  ],
];

for (const [which, edit, fix, snippet] of WITHOUT_CLOUD_INIT) {
  Deno.test(`a VM without a cloud-init volume ${which}`, () => {
    const found = findingsOf(edit).find(({ code }) => code === "cloud-init-missing");
    assert.match(found?.fix ?? "", fix);
    assert.equal(found?.snippet, snippet);
  });
}

Deno.test("a VM without the annotation and without a cloud-init volume needs one thing, and then nothing", () => {
  const withoutAnnotation: Edit = (fixture) => {
    template(fixture).metadata = { annotations: {} };
  };
  const [finding, second] = findingsOf(all(noCloudInit, withoutAnnotation));
  assert.deepEqual([finding?.code, second], ["sidecar-missing", undefined]);
  const [, entries = ""] = /'(.*)'$/.exec(finding?.snippet ?? "") ?? [];
  assert.deepEqual(codesOf(all(noCloudInit, sidecars(...JSON.parse(entries)))), []);
});

const byDomain = all(noCloudInit, args("--hooks", "onDefineDomain"));

/** Sidecars that leave the guest's role to the domain, and what is found. */
const BY_DOMAIN: readonly (readonly [string, Edit, readonly string[]])[] = [
  ["Linux without cloud-init", byDomain, []],
  ["Linux with cloud-init", args("--hooks", "onDefineDomain"), []],
  ["Linux by the flag", args("--delivery", "domain"), []],
  ["Ignition", userData('{"ignition": {"version": "3.4.0"}}'), []],
  [
    "Ignition, by cloud-init alone",
    all(
      userData('{"ignition": {"version": "3.4.0"}}'),
      args("--delivery", "cloud-init"),
    ),
    ["error user-data-untouched"],
  ],
  ["Windows", all(windows, args("--hooks", "onDefineDomain")), [
    "warning hooks-without-cloud-init",
  ]],
  ["Windows by the flag", all(windows, args("--delivery", "domain")), [
    "error hooks-without-cloud-init",
  ]],
  ["s390x by the flag", all(s390x, args("--delivery", "domain")), [
    "error hooks-without-cloud-init",
  ]],
  ["a confidential VM", all(byDomain, spec((s) => s.domain.launchSecurity = { sev: {} })), [
    "warning hooks-without-cloud-init",
  ]],
];

for (const [which, edit, found] of BY_DOMAIN) {
  Deno.test(`the role by the domain, ${which}: ${found.join() || "nothing wrong"}`, () => {
    assert.deepEqual(findingsOf(edit).map(({ code, severity }) => `${severity} ${code}`), found);
  });
}

/** Names of guests, and what check says of them if the domain alone gives the role. */
const GUESTS: readonly (readonly [Edit, RegExp | undefined])[] = [
  [
    image("quay.io/containerdisks/ubuntu:22.04"),
    /the guest is Ubuntu 22\.04 or older: the image is quay/,
  ],
  [image("quay.io/containerdisks/ubuntu:24.04"), undefined],
  [image("registry.example/jammy-server-cloudimg:1"), /Ubuntu 22\.04 or older/],
  [image("registry.example/debian-11-genericcloud:1"), /Debian 11 or older/],
  [image("registry.example/debian-12-genericcloud:11"), undefined],
  [image("registry.example/centos-stream9:1"), undefined],
  [image("registry.example/centos:7-2009"), /RHEL 8 or older/],
  [image("registry.example/Rocky-8-GenericCloud"), /RHEL 8 or older/],
  [image("registry.example/8/rhel-10"), undefined],
  [image("registry.example/amazonlinux:2"), /Amazon Linux 2/],
  [image("registry.example/al2023:1"), undefined],
  [image("registry.example/sles15sp5"), /SLES 15 SP5 or older/],
  [image("registry.example/sles-15-sp6"), undefined],
  [image("registry.example/cirros-container-disk-demo"), /CirrOS/],
  [image("ghcr.io/siderolabs/talos:1.9"), /the guest is Talos: the image/],
  [
    (fixture) => template(fixture).metadata.annotations["vm.kubevirt.io/os"] = "rhel8.10",
    /RHEL 8 or older: the annotation vm\.kubevirt\.io\/os is rhel8\.10/,
  ],
  [({ vm }) => vm.spec.preference = { name: "alpine" }, /Alpine Linux: the annotation/],
  [({ vm }) => vm.metadata.name = "alpine", undefined],
];

for (const [edit, what] of GUESTS) {
  Deno.test(`a guest that takes no role from the domain: ${what ?? edit}`, () => {
    const found = findingsOf(all(byDomain, edit)).filter(({ code }) =>
      code === "guest-without-systemd"
    );
    assert.equal(found.length, what === undefined ? 0 : 1);
    if (what !== undefined) assert.match(found[0]?.what ?? "", what);
  });
}

Deno.test("Plugins take the OEM strings: an error if there is one", () => {
  const withGate = all(
    byDomain,
    containerPath(),
    gates("Sidecar", "ContainerPathVolumes", "Plugins"),
  );
  const plugin = beside({
    apiVersion: "plugin.kubevirt.io/v1alpha1",
    kind: "Plugin",
    metadata: { name: "any" },
  });
  const found = [withGate, all(withGate, plugin)].map(findingsOf);
  assert.deepEqual(
    found.map((findings) => findings.map(({ code, severity }) => `${severity} ${code}`)),
    [
      ["warning gate-plugins"],
      ["error gate-plugins"],
    ],
  );
  assert.match(found[0]?.[0]?.why ?? "", /the OEM strings/);
});

/** What the annotation of EKS's webhook leaves out, by how the token is shared, and the container that is found. */
const SKIPPED: readonly (readonly [string, Edit, string | undefined])[] = [
  ["hook-sidecar-0", () => {}, "hook-sidecar-0"],
  ['istio-proxy,"hook-sidecar-0"', () => {}, "hook-sidecar-0"],
  ["hook-sidecar-0", sidecars(SHIM("onDefineDomain"), OURS), undefined],
  ["hook-sidecar-1", sidecars(SHIM("onDefineDomain"), OURS), "hook-sidecar-1"],
  ["virtiofs-aws-iam-token", () => {}, "virtiofs-aws-iam-token"],
  ["virtiofs-aws-iam-token", containerPath(), undefined],
  ["compute", () => {}, undefined],
  ["compute", containerPath(), "compute"],
  ["istio-proxy, hook-sidecar-0", () => {}, undefined],
  ['istio"proxy,hook-sidecar-0', () => {}, undefined],
];

for (const [names, edit, container] of SKIPPED) {
  Deno.test(`EKS's webhook leaves out ${names}: ${container ?? "nothing that needs it"}`, () => {
    const skip = metadata("annotations", "eks.amazonaws.com/skip-containers", names);
    const found = findingsOf(all(edit, skip));
    assert.deepEqual(found.map(({ code }) => code), container ? ["webhook-skips-container"] : []);
    if (container !== undefined) assert.match(found[0]?.what ?? "", RegExp(`${container}\\.$`));
  });
}

Deno.test("what EKS's webhook leaves out does not matter without a role", () => {
  const skip = metadata("labels", "eks.amazonaws.com/skip-pod-identity-webhook", "");
  assert.deepEqual(codesOf(all(skip, role(undefined))), ["role-arn-missing"]);
});

Deno.test("a role's name or path is a warning, anything else that is no ARN an error", () => {
  const severityOf = (arn: string) => findingsOf(role(arn)).map(({ severity }) => severity);
  for (const name of ["report-writer", "team/report-writer", "a=b,c@d"]) {
    assert.deepEqual(severityOf(name), ["warning"], name);
  }
  for (
    const wrong of [
      "",
      "/team/report-writer",
      "two words",
      "x".repeat(65),
      "arn:aws:iam::1234:role/report-writer",
      "iam::111122223333:role/report-writer",
    ]
  ) {
    assert.deepEqual(severityOf(wrong), ["error"], wrong);
  }
});

Deno.test("every value that has to be a string is named", () => {
  const found = findingsOf(all(
    spec((s) => {
      s.volumes[0] = { name: true, containerDisk: { image: 12 } };
      s.domain.devices.disks[0] = { name: true, disk: {} };
    }),
    ({ vm }) => vm.metadata.name = false,
    metadata("annotations", "example.com/scrape", true),
  ));
  assert.deepEqual(found.map(({ code, path }) => `${code} ${formatPath(path)}`), [
    "metadata-name metadata.name",
    `text-expected ${TEMPLATE}.metadata.annotations["example.com/scrape"]`,
    `text-expected ${TEMPLATE}.spec.domain.devices.disks[0].name`,
    `text-expected ${VOLUMES}[0].name`,
    `text-expected ${VOLUMES}[0].containerDisk.image`,
  ]);
  assert.match(checked(({ vm }) => vm.metadata.name = false)[0]?.context.vmi.name ?? "", /^false$/);
});

Deno.test("Harvester's label on the VM alone makes the guest doubtful", () => {
  const labelled: Edit = ({ vm }) => vm.metadata.labels = { "harvesterhci.io/os": "windows" };
  assert.deepEqual(codesOf(labelled), ["guest-doubtful"]);
});

Deno.test("a second mount of the share is named as one that works", () => {
  const [found] = findingsOf(userData("#!/bin/sh\nmount -t virtiofs aws-iam-token /srv\n"));
  assert.equal(found?.severity, "warning");
  assert.match(found?.why ?? "", /both mounts work/);
});
