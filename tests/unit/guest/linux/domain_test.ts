import assert from "node:assert/strict";
import { oemStrings } from "../../../../src/credentials/oem_strings.ts";
import { inEachShell } from "../../../support/in_each_shell.ts";
import { BLOCK, boothookFor, SETTINGS, withRole } from "../../../support/linux_settings.ts";

const stringsFor = (settings: typeof SETTINGS) =>
  oemStrings(boothookFor(settings).body, false).map(({ text }) => text);

inEachShell("the domain's strings give the role as cloud-init does", async (guest) => {
  guest.shareToken("t");
  await guest.bootByDomain(stringsFor(SETTINGS));
  assert.equal(guest.read("etc/environment"), BLOCK);
  assert.equal(guest.read("run/aws-iam-token/token"), "t");
  assert.deepEqual(
    guest.systemdEnvironment(),
    [...SETTINGS.variables].map(([name, value]) => `${name}=${value}`),
  );
});

inEachShell("strings of others beside ours do no harm", async (guest) => {
  const strings = stringsFor(SETTINGS);
  const others = ["vendor:é", "io.systemd.credential:x=eks-irsa-sidecar:gzip=", ""];
  await guest.bootByDomain([...strings.slice(0, -1), ...others, ...strings.slice(-1)]);
  assert.equal(guest.read("etc/environment"), BLOCK);
});

inEachShell("with the domain's settings no disk is looked at", async (guest) => {
  guest.attachDisk("config-2", "openstack/latest/user_data", "#cloud-config\n");
  await guest.bootByDomain(stringsFor(SETTINGS));
  assert.equal(guest.read("etc/environment"), BLOCK);
  assert(!guest.calls().some((call) => /^blkid|^mount .*disk/.test(call)));
});

inEachShell(
  "a boothook of an earlier boot does not take away what the domain gives",
  async (guest) => {
    // A ConfigDrive: cloud-init still has the boothook of the first boot, and the disk has no settings any more.
    guest.attachDisk("config-2", "openstack/latest/user_data", '{"ignition":{}}');
    await guest.bootByDomain(stringsFor(SETTINGS));
    await guest.boot(boothookFor(withRole("arn:first-boot")));
    assert.equal(guest.read("etc/environment"), BLOCK);
  },
);

inEachShell("strings that are cut short change nothing", async (guest) => {
  guest.write("etc/environment", BLOCK);
  const strings = stringsFor(withRole("arn:other"));
  const script = strings.at(-1) ?? "";
  await assert.rejects(
    guest.bootByDomain([...strings.slice(0, -1), script.slice(0, script.length / 2)]),
  );
  assert.equal(guest.read("etc/environment"), BLOCK);
});

for (const way of ["cloud-init", "domain"] as const) {
  inEachShell(`the shutdown takes the variables out of /etc/environment: ${way}`, async (guest) => {
    guest.write("etc/environment", "LANG=C\n");
    guest.shareToken("t");
    if (way === "domain") await guest.bootByDomain(stringsFor(SETTINGS));
    else await guest.boot(boothookFor(SETTINGS));
    assert.equal(guest.read("etc/environment"), `LANG=C\n${BLOCK}`);
    await guest.shutDown();
    assert.equal(guest.read("etc/environment"), "LANG=C\n");
  });
}

inEachShell(
  "the refresher brings the unit for the shutdown, which only the shutdown stops",
  async (guest) => {
    guest.shareToken("t");
    await guest.boot(boothookFor(SETTINGS));
    const refresher = guest.read("run/systemd/system/aws-iam-token.service");
    assert.match(refresher, /^Wants=aws-iam-token-shutdown\.service$/m);
    assert(!/^(BindsTo|PartOf|ExecStop)/m.test(refresher));
    const unit = guest.read("run/systemd/system/aws-iam-token-shutdown.service");
    for (const line of ["IgnoreOnIsolate=yes", "Type=oneshot", "RemainAfterExit=yes"]) {
      assert(unit.split("\n").includes(line), line);
    }
    assert(!/^ExecStart/m.test(unit));
  },
);
