import assert from "node:assert/strict";
import { checkText } from "../../src/operator/check/report.ts";
import { s390x, spec, windows } from "./check_case.ts";
import { all, args, beside, cloudInit, type Edit, template, textOf, userData } from "./edit.ts";
import { checked, codesOf, findingsOf } from "./findings.ts";
import { runHere } from "./run_here.ts";

const os = (name: string): Edit => (fixture) => {
  template(fixture).metadata.annotations["vm.kubevirt.io/os"] = name;
};
const image = (name: string) =>
  spec((s) => s.volumes[0] = { name: "root", containerDisk: { image: name } });
const networkOnly = cloudInit({ networkData: "version: 2\nethernets: {eth0: {dhcp4: true}}\n" });

/** Guests whose reader takes no MIME message, the user data, and what check says about it. */
const OTHER_READERS: readonly (readonly [string, Edit, string, RegExp])[] = [
  [
    "Talos' placeholder",
    all(os("talos"), userData("#cloud-config\n")),
    "#cloud-config\n",
    /is Talos/,
  ],
  [
    "Talos' placeholder, by its image",
    all(image("ghcr.io/siderolabs/talos-nocloud:v1.11.0"), userData("#cloud-config\n")),
    "#cloud-config\n",
    /is Talos \(the image/,
  ],
  ["Talos without user data", all(os("talos"), networkOnly), "", /is Talos/],
  [
    "Talos with an include",
    all(os("talos"), userData("#include\nhttps://config.example.net/node.yaml\n")),
    "#include\nhttps://config.example.net/node.yaml\n",
    /is Talos/,
  ],
  [
    "CirrOS",
    image("quay.io/kubevirt/cirros-container-disk-demo:latest"),
    "#cloud-config\n",
    /is CirrOS .* all else but a script that starts with #!/,
  ],
];

for (const [guest, edit, original, what] of OTHER_READERS) {
  Deno.test(`check warns of ${guest}, and says what to do`, () => {
    const [finding, ...others] = findingsOf(edit);
    assert.deepEqual(others, []);
    assert.equal(finding?.code, "reader-takes-no-mime");
    assert.equal(finding?.severity, "warning");
    assert.match(finding?.what ?? "", what);
    assert.match(finding?.fix ?? "", /image with cloud-init.*set up the guest yourself/);
  });
  Deno.test(`preview shows that the user data is not changed: ${guest}`, async () => {
    const input = { stdin: textOf(edit), env: {} };
    const text = await runHere({ args: ["preview", "-"], ...input });
    assert.match(text.stdout, /User data +unchanged, and the guest gets no role: the guest is/);
    const bytes = await runHere({ args: ["preview", "-", "--output", "user-data"], ...input });
    assert.equal(bytes.stdout, original);
  });
}

/** Guests with systemd whose reader takes no MIME message: the domain gives them the role. */
const BY_DOMAIN: readonly (readonly [string, Edit, RegExp])[] = [
  ["Kairos", image("quay.io/kairos/ubuntu:24.04"), /the guest is Kairos .*ignores a MIME message/],
  [
    "Flatcar",
    image("quay.io/containerdisks/flatcar:latest"),
    /the guest is Flatcar .* passes over the parts/,
  ],
];

for (const [guest, edit, reason] of BY_DOMAIN) {
  Deno.test(`the domain gives the role to ${guest}, whose user data is not changed`, async () => {
    assert.deepEqual(codesOf(edit), ["reader-takes-no-mime"]);
    assert.deepEqual(codesOf(all(edit, args("--hooks", "onDefineDomain"))), []);
    const input = { stdin: textOf(edit), env: {} };
    const { stdout } = await runHere({ args: ["preview", "-"], ...input });
    assert.match(stdout, /Delivery +by the domain, to a guest with systemd/);
    const [, userData = ""] = /User data +unchanged: (.*)/.exec(stdout) ?? [];
    assert.match(userData, reason);
    const bytes = await runHere({ args: ["preview", "-", "--output", "user-data"], ...input });
    assert.equal(bytes.stdout, "#cloud-config\n");
  });
  Deno.test(`check warns of ${guest} without the domain's delivery`, () => {
    const found = findingsOf(all(edit, args("--delivery", "cloud-init")));
    assert.deepEqual(found.map(({ code }) => code), ["reader-takes-no-mime"]);
  });
  Deno.test(`check warns of ${guest} with an empty cloud-init volume, from which KubeVirt drops the host name`, () => {
    const [finding] = findingsOf(all(edit, networkOnly));
    assert.equal(finding?.code, "reader-takes-no-mime");
    assert.match(finding?.why ?? "", /host name/);
  });
}

Deno.test("a machine configuration of Talos goes through, and check says that it gets no role", () => {
  const edit = all(os("talos"), userData("version: v1alpha1\nmachine: {type: worker}\n"));
  const [finding, ...others] = findingsOf(edit);
  assert.deepEqual(others, []);
  assert.equal(finding?.code, "user-data-untouched");
  assert.match(finding?.why ?? "", /the Talos guest \(.*vm\.kubevirt\.io\/os is talos\)/);
  assert.doesNotMatch(finding?.fix ?? "", /first line has to be #cloud-config/);
});

Deno.test("with an empty cloud-init volume, check says what KubeVirt leaves out", () => {
  const [finding] = findingsOf(all(os("talos"), networkOnly));
  assert.match(finding?.why ?? "", /host name/);
});

const dataVolume = (source: unknown) =>
  all(
    spec((s) => s.volumes[0] = { name: "root", dataVolume: { name: "root-disk" } }),
    beside({ kind: "DataVolume", metadata: { name: "root-disk" }, spec: source }),
  );

Deno.test("preview and check know the reader of user data that is in a Secret", async () => {
  const edit = all(os("talos"), cloudInit({ secretRef: { name: "s" } }));
  const [finding] = findingsOf(edit);
  assert.equal(finding?.code, "reader-takes-no-mime");
  assert.doesNotMatch(finding?.why ?? "", /empty/);
  const { stdout } = await runHere({ args: ["preview", "-"], stdin: textOf(edit), env: {} });
  assert.match(stdout, /User data +unchanged, and the guest gets no role: the guest is Talos/);
});

/** What says something of the reader, but not for certain: nothing changes, and check warns. */
const DOUBTFUL: readonly (readonly [string, Edit, RegExp])[] = [
  ["the VM's name", ({ vm }) => vm.metadata.name = "talos-1", /may be Talos: a name is talos-1/],
  [
    "a label that KubeVirt does not copy to the VMI",
    ({ vm }) => Object.assign(vm.metadata, { labels: { "vm.kubevirt.io/os": "talos" } }),
    /may be Talos/,
  ],
  ["Alpine", image("quay.io/containerdisks/alpine:3.21"), /may be Alpine/],
  ["a label of Alpine", os("alpine"), /may be Alpine: the annotation/],
  ["FreeBSD", os("freebsd14"), /may be a BSD/],
  ["OpenBSD", image("registry.example/openbsd:7.7"), /may be a BSD/],
  ["MicroOS", image("registry.example/opensuse-microos:1"), /may be SLE Micro/],
  ["SLE Micro", os("sle-micro-6.1"), /may be SLE Micro/],
  ["Elemental", image("registry.example/elemental-teal:1"), /may be Elemental/],
  [
    "a URL",
    dataVolume({ source: { http: { url: "https://factory.talos.dev/image/nocloud.raw.xz" } } }),
    /may be Talos/,
  ],
  [
    "a registry's image",
    dataVolume({ source: { registry: { url: "docker://quay.io/containerdisks/flatcar" } } }),
    /may be Flatcar/,
  ],
  [
    "a DataSource",
    dataVolume({ sourceRef: { kind: "DataSource", name: "fcos" } }),
    /may be a CoreOS/,
  ],
  [
    "a template of a DataVolume",
    all(
      spec((s) => s.volumes[0] = { name: "root", dataVolume: { name: "d" } }),
      ({ vm }) =>
        Object.assign(vm.spec, {
          dataVolumeTemplates: [{
            metadata: { name: "d" },
            spec: { source: { pvc: { name: "cirros-golden" } } },
          }],
        }),
    ),
    /may be CirrOS/,
  ],
  ["yip's stages", userData("#cloud-config\nstages:\n  boot: []\n"), /may be Kairos/],
  ["k3OS' own key", userData("#cloud-config\nk3os:\n  modules: []\n"), /may be k3OS/],
];

for (const [what, edit, text] of DOUBTFUL) {
  Deno.test(`check warns that the reader is doubtful: ${what}`, () => {
    const [finding, ...others] = findingsOf(edit);
    assert.deepEqual(others, []);
    assert.equal(finding?.code, "reader-doubtful");
    assert.match(finding?.what ?? "", text);
    assert.deepEqual(codesOf(all(edit, args("--os", "linux"))), []);
  });
}

const features = spec((s) => Object.assign(s.domain, { features: { hyperv: { relaxed: {} } } }));
const timer = spec((s) => Object.assign(s.domain, { clock: { timer: { hyperv: {} } } }));
const passthrough = spec((s) =>
  Object.assign(s.domain, { features: { hypervPassthrough: { enabled: true } } })
);
const claim = spec((s) =>
  s.volumes[0] = { name: "root", persistentVolumeClaim: { claimName: "disk" } }
);
const LINUX_CONFIG = userData("#cloud-config\npackages:\n  - awscli2\nruncmd:\n  - aws sts\n");

for (const [name, hyperv] of Object.entries({ features, timer, passthrough })) {
  Deno.test(`hyperv (${name}) and a Linux image: Linux, and doubtful`, () => {
    const finding = findingsOf(all(hyperv, LINUX_CONFIG)).find(({ code }) =>
      code === "guest-doubtful"
    );
    assert.match(
      finding?.what ?? "",
      /served as Linux \(the image is .*fedora:42\), and .*hyperv.* Windows/,
    );
    assert.match(finding?.fix ?? "", /--os", "windows"/);
  });
  Deno.test(`hyperv (${name}) and user data that sounds like Linux: Windows, and doubtful`, () => {
    const finding = findingsOf(all(hyperv, claim, LINUX_CONFIG))
      .find(({ code }) => code === "guest-doubtful");
    assert.match(
      finding?.what ?? "",
      /served as Windows \(.*hyperv.*\), and the user data sounds like Linux/,
    );
    assert.match(finding?.fix ?? "", /--os", "linux"/);
  });
}

const DOUBT: readonly (readonly [string, Edit, boolean])[] = [
  [
    "hyperv and a claim named after a distribution",
    all(
      features,
      spec((s) =>
        s.volumes[0] = { name: "root", persistentVolumeClaim: { claimName: "golden-ubuntu-24" } }
      ),
    ),
    true,
  ],
  ["hyperv and a script", all(features, claim, userData("#!/bin/sh\nid\n")), true],
  [
    "hyperv and a command of Linux",
    all(features, claim, userData("#cloud-config\nruncmd:\n- sudo id\n")),
    true,
  ],
  [
    "hyperv and a file of Linux",
    all(features, claim, userData("#cloud-config\nwrite_files: [{path: /etc/motd}]\n")),
    true,
  ],
  ["hyperv alone", all(features, claim), false],
  [
    "hyperv and a Windows command",
    all(features, claim, userData("#cloud-config\nruncmd:\n- 'dir C:/etc/x'\n")),
    false,
  ],
  ["hyperv, a Linux image, and --os", all(features, LINUX_CONFIG, args("--os", "linux")), false],
  ["hyperv, a Linux image, and a label", all(features, LINUX_CONFIG, os("fedora")), false],
  ["a Linux image alone", LINUX_CONFIG, false],
];

for (const [what, edit, isDoubtful] of DOUBT) {
  Deno.test(`the guest is ${isDoubtful ? "" : "not "}doubtful: ${what}`, () => {
    assert.equal(codesOf(edit).includes("guest-doubtful"), isDoubtful);
  });
}

Deno.test("check names the line of the command that switches cloud-init off", () => {
  const edit = userData(
    "#cloud-config\nwrite_files:\n  - path: /etc/cloud/cloud-init.disabled\n    content: ''\n",
  );
  const [finding] = findingsOf(edit);
  assert.equal(finding?.code, "cloud-init-disabled");
  assert.equal(finding?.character, "#cloud-config\nwrite_files:\n  - ".length);
  const style = { strong: String, quiet: String, good: String, doubtful: String, bad: String };
  assert.match(
    checked(edit).map((one) => checkText(one, style)).join(),
    /warning cloud-init-disabled/,
  );
});

Deno.test("a guest that gets no part of ours loses nothing if cloud-init is switched off", () => {
  const edit = all(
    os("talos"),
    userData("#cloud-config\nruncmd: [touch /etc/cloud/cloud-init.disabled]\n"),
  );
  assert.deepEqual(codesOf(edit), ["reader-takes-no-mime"]);
});

/** Guests to which the domain cannot give the role, and the reason. */
const NOT_BY_DOMAIN: readonly (readonly [string, Edit, RegExp])[] = [
  ["Windows", windows, /: the guest is Windows \(the annotation vm\.kubevirt\.io\/os is windows/],
  ["a machine without SMBIOS", s390x, /: the machine of the domain has no SMBIOS\.$/],
];

for (const [guest, edit, reason] of NOT_BY_DOMAIN) {
  Deno.test(`check says why the domain alone gives no role to ${guest}`, () => {
    const found = findingsOf(all(edit, args("--hooks", "onDefineDomain")))
      .find(({ code }) => code === "hooks-without-cloud-init");
    assert.match(found?.what ?? "", reason);
  });
}
