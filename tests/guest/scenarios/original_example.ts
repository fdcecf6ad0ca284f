import { bootCost } from "../boot_cost.ts";
import { roleArn, smallClient } from "../identity.ts";
import { expect } from "../report.ts";
import { boot, type Scenario, type ScenarioContext, withMachine } from "../scenario.ts";

const ROLE = roleArn("vm-example");

const USER_DATA = `#cloud-config
bootcmd:
  - mkdir /mnt/serviceaccount
  - mount -t virtiofs serviceaccount-fs /mnt/serviceaccount
  - mkdir /mnt/aws-iam-token
  - mount -t virtiofs aws-iam-token /mnt/aws-iam-token
`;

/** The example that KubeVirt's hook sidecar for IRSA was first proposed with: the owner mounts both shares. */
export const originalExample: Scenario = {
  name: "original-example",
  about: "an owner who mounts the share too",
  guests: ["debian12"],
  async run(context: ScenarioContext) {
    const { guest, report } = context;
    const check = report.check.bind(report, guest);
    const spec = {
      name: "vm",
      uuid: "5ca1ab1e-0000-4000-8000-000000000100",
      dataSource: "noCloud",
      userData: USER_DATA,
      accountShare: "serviceaccount-fs",
    } as const;
    await withMachine(context, "original-example", spec, "owned", async (machine) => {
      const booted = await boot(context, machine, 2, "boot of the original example", {
        role: ROLE,
        sidecarArgs: ["--version", "v1alpha3"],
      });
      await bootCost(context, "the share mounted twice", booted);
      const { shell } = booted;
      await check(2, "the owner's mounts, and ours", async () => {
        const mounts = await shell.output("grep virtiofs /proc/mounts | cut -d ' ' -f 1-2 | sort");
        expect(
          mounts ===
            "aws-iam-token /aws-iam-token\naws-iam-token /mnt/aws-iam-token\n" +
              "serviceaccount-fs /mnt/serviceaccount\n",
          `mounted are: ${mounts}`,
        );
        const namespace = await shell.output("cat /mnt/serviceaccount/namespace");
        expect(namespace === "default", `the namespace is ${namespace}`);
        const same = await shell.sh(
          "cd /mnt/aws-iam-token && cmp $(readlink ..data)/token /run/aws-iam-token/token",
        );
        expect(same.code === 0, `the owner's token is another: ${same.stdout}${same.stderr}`);
        return mounts.trim().replaceAll("\n", ", ");
      });
      await check(2, "cloud-init has no error to tell of", async () => {
        const result = await shell.output("cat /run/cloud-init/result.json");
        const { errors } = (JSON.parse(result) as { v1: { errors: readonly string[] } }).v1;
        expect(errors.length === 0, result);
        return "result.json names none";
      });
      await check(1, "identity beside the owner's mounts", () => smallClient(shell, ROLE));
      await machine.pullPlug();
    });
  },
};
