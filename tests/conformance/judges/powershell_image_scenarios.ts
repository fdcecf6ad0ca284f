import assert from "node:assert/strict";
import { repositoryPath } from "../../support/paths.ts";
import { FOLDER, PROGRAMS, RecordedMachine } from "./powershell_machine.ts";
import type { Scenario } from "./powershell_written.ts";

const SERVICES = "SYSTEM\\CurrentControlSet\\Services";
const POWER = "SYSTEM\\CurrentControlSet\\Control\\Power";
const CLOCK = "SYSTEM\\CurrentControlSet\\Control\\TimeZoneInformation";
const ROLE_KEY = "SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment";
const CONFIGURATION = "C:\\Program Files\\Cloudbase Solutions\\Cloudbase-Init\\conf";
const DRIVER = "C:\\Program Files\\Virtio-Win\\VioFS\\virtiofs.exe";

const SERVICE_NAMES = "cloudbaseinit.metadata.services.configdrive.ConfigDriveService,\r\n" +
  "  cloudbaseinit.metadata.services.nocloudservice.NoCloudConfigDriveService";
const PLUGIN = "cloudbaseinit.plugins.common.userdata.UserDataPlugin";

const configuration = (services: string, plugins: string) =>
  `[DEFAULT]\r\nusername=Admin\r\n${services}\r\n${plugins}\r\nfirst_logon_behaviour=no\r\n`;

/** A machine that has all that an image needs, and nothing of an earlier role. */
function image({ windows, tools }: RecordedMachine): RecordedMachine {
  const machine = new RecordedMachine(windows, tools);
  machine.installWinFsp(DRIVER);
  machine.registry = {
    ...machine.registry,
    [`${SERVICES}\\VirtioFsSvc`]: { Start: 3, ImagePath: `"${DRIVER}"` },
    [`${SERVICES}\\cloudbase-init`]: { Start: 2 },
    [POWER]: { HibernateEnabled: 0 },
    [CLOCK]: { RealTimeIsUniversal: 1 },
  };
  machine.write(
    `${CONFIGURATION}\\cloudbase-init.conf`,
    configuration(`metadata_services=${SERVICE_NAMES}`, `plugins=${PLUGIN}`),
  );
  return machine;
}

/** What one image lacks, and the line that says so. */
const LACKS: Readonly<Record<string, readonly [(machine: RecordedMachine) => void, RegExp]>> = {
  "WinFsp": [
    (machine) => delete machine.registry["SOFTWARE\\WOW6432Node\\WinFsp"],
    /^WinFsp is not installed\. Fix: .*-WinFsp/,
  ],
  "virtiofs.exe": [(machine) => machine.remove(DRIVER), /^virtio-win's virtiofs\.exe is not/],
  "a service that waits": [
    (machine) => machine.registry[`${SERVICES}\\VirtioFsSvc`] = { Start: 2 },
    /^The service VirtioFsSvc starts by itself.*Fix: Stop-Service/,
  ],
  "hibernation that is off": [
    (machine) => machine.registry[POWER] = { HibernateEnabled: 1 },
    /^Hibernation is on.*Fix: powercfg/,
  ],
  "a clock in UTC": [
    (machine) => machine.registry[CLOCK] = { RealTimeIsUniversal: 0 },
    /^Windows takes the machine's clock.*Fix: Set-ItemProperty/,
  ],
  "cloudbase-init": [
    (machine) => delete machine.registry[`${SERVICES}\\cloudbase-init`],
    /^The service cloudbase-init is missing/,
  ],
  "ConfigDrive": [
    (machine) =>
      machine.write(
        `${CONFIGURATION}\\cloudbase-init.conf`,
        configuration("metadata_services=a.NoCloudConfigDriveService", `plugins=${PLUGIN}`),
      ),
    /^cloudbase-init does not look at a ConfigDrive\. Fix: add /,
  ],
  "NoCloud, by a list": [
    (machine) =>
      machine.write(
        `${CONFIGURATION}\\cloudbase-init.conf`,
        configuration("metadata_services=a.ConfigDriveService", `plugins=${PLUGIN}`),
      ),
    /^cloudbase-init does not look at a NoCloud disk\. Fix: add /,
  ],
  "NoCloud, by the default": [
    (machine) => machine.write(`${CONFIGURATION}\\cloudbase-init.conf`, configuration("", "")),
    /^cloudbase-init does not look at a NoCloud disk\. Fix: add /,
  ],
  "the plugin for user data": [
    (machine) =>
      machine.write(
        `${CONFIGURATION}\\cloudbase-init.conf`,
        configuration(`metadata_services=${SERVICE_NAMES}`, "plugins=a.NetworkConfigPlugin"),
      ),
    /^cloudbase-init runs no user data\. Fix: add /,
  ],
  "the removal of a task": [
    (machine) => machine.scheduled = ["eks-irsa-sidecar"],
    /^An earlier role has left the task eks-irsa-sidecar\. Fix: /,
  ],
  "the removal of the script": [
    (machine) => machine.makeFolder(PROGRAMS),
    /^An earlier role has left the folder C:\\Program Files\\eks-irsa-sidecar\. Fix: /,
  ],
  "the removal of the token": [
    (machine) => machine.makeFolder(FOLDER),
    /^An earlier role has left the folder C:\\ProgramData\\eks-irsa-sidecar\. Fix: /,
  ],
  "the removal of the launcher's class": [
    (machine) =>
      machine.registry["SOFTWARE\\WOW6432Node\\WinFsp\\Services\\eks-irsa-sidecar"] = {
        JobControl: 1,
      },
    /^An earlier role has left the key HKLM:\\SOFTWARE\\WOW6432Node\\WinFsp\\Services\\eks/,
  ],
  "the removal of the variables": [
    (machine) =>
      machine.registry[ROLE_KEY] = {
        AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/old",
      },
    /^An earlier role has left the variable AWS_ROLE_ARN\. Fix: /,
  ],
};

const IMAGE_SCRIPT = repositoryPath("examples/windows-image.ps1");

const check = (machine: RecordedMachine, parameters: Readonly<Record<string, boolean>> = {}) =>
  machine.runScript(IMAGE_SCRIPT, { Check: true, ...parameters });

/** examples/windows-image.ps1: its read-only check, and what it changes. */
export const IMAGE_SCENARIOS: Readonly<Record<string, Scenario>> = {
  async "image: the check finds nothing on a machine that has all, and changes nothing"(machine) {
    const whole = image(machine);
    const recorded = await check(whole);
    assert.deepEqual([recorded.exitCode, recorded.said], [0, []]);
    assert.deepEqual([recorded.tasks, recorded.launched, recorded.variables], [[], [], {}]);
  },

  async "image: without cloudbase-init, the check does not ask for it"(machine) {
    const bare = image(machine);
    delete bare.registry[`${SERVICES}\\cloudbase-init`];
    bare.remove(CONFIGURATION);
    const recorded = await check(bare, { WithoutCloudbaseInit: true });
    assert.deepEqual([recorded.exitCode, recorded.said], [0, []]);
  },

  async "image: what is missing is set up, what was left goes, and sysprep is asked last"(machine) {
    const lacking = image(machine);
    Object.assign(lacking.registry, {
      [`${SERVICES}\\VirtioFsSvc`]: { Start: 2 },
      [POWER]: { HibernateEnabled: 1 },
      [CLOCK]: { RealTimeIsUniversal: 0 },
      [ROLE_KEY]: { AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/old" },
      "SOFTWARE\\eks-irsa-sidecar": { Settings: "e30=" },
    });
    const file = `${CONFIGURATION}\\cloudbase-init.conf`;
    lacking.write(file, configuration("", "plugins=a.NetworkConfigPlugin"));
    lacking.running = ["VirtioFsSvc"];
    lacking.scheduled = ["eks-irsa-sidecar"];
    lacking.write(`${FOLDER}\\token`, "old");
    lacking.write(`${PROGRAMS}\\startup.ps1`, "old");
    lacking.write(`${CONFIGURATION}\\Unattend.xml`, "<unattend/>");
    const packages = { WinFsp: "C:\\a b\\winfsp.msi", Generalize: true };
    const recorded = await lacking.runScript(IMAGE_SCRIPT, packages);
    assert.deepEqual([recorded.exitCode, recorded.said, recorded.variables], [0, [], {}]);
    assert.deepEqual(recorded.launched, [
      'msiexec.exe /i "C:\\a b\\winfsp.msi" /qn /norestart',
      "powercfg /hibernate off",
      "C:\\windows\\System32\\Sysprep\\sysprep.exe /generalize /oobe /shutdown /quiet " +
      `"/unattend:${CONFIGURATION}\\Unattend.xml"`,
    ]);
    const text = lacking.read(file) ?? "";
    assert.match(
      text,
      /^\[DEFAULT\]\r\nmetadata_services=\S+\.ConfigDriveService,\S+\.NoCloud\S+\r\n/,
    );
    assert.match(text, /\r\nplugins=\S+\.UserDataPlugin,a\.NetworkConfigPlugin\r\n/);
    // The stand-in for the task scheduler does not outlive a run.
    lacking.scheduled = [];
    const checked = await check(lacking);
    assert.deepEqual([checked.exitCode, checked.said], [0, []]);
    await lacking.runScript(IMAGE_SCRIPT, {});
    assert.equal(lacking.read(file), text, "a second run changes what the first has written");
  },

  ...Object.fromEntries(
    Object.entries(LACKS).map(([what, [remove, line]]): [string, Scenario] => [
      `image: the check says what is missing: ${what}`,
      async (machine) => {
        const lacking = image(machine);
        remove(lacking);
        const recorded = await check(lacking);
        assert.equal(recorded.said.length, 1, recorded.said.join("\n"));
        assert.match(recorded.said[0] ?? "", line);
        assert.equal(recorded.exitCode, 1);
      },
    ]),
  ),
};
