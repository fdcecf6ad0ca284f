import { baseline } from "../baseline.ts";
import { bootCost } from "../boot_cost.ts";
import { compareTraces, takeTrace } from "../comparison.ts";
import { loginShell, roleArn } from "../identity.ts";
import { waitFor } from "../process.ts";
import { expect } from "../report.ts";
import {
  boot,
  machineSpec,
  type Scenario,
  type ScenarioContext,
  withMachine,
} from "../scenario.ts";
import { SIDECAR_ADDS } from "../sidecar_traces.ts";

const ROLE = roleArn("vm-late");

/** Gzip; the guest boots without the share's device, which is added while it runs. */
export const gzip: Scenario = {
  name: "gzip",
  about: "a share that is not there at boot",
  async run(context: ScenarioContext) {
    const { guest, report } = context;
    const spec = await machineSpec(guest, "gzip", "noCloud");
    const plain = await baseline(context, "gzip", spec);
    await withMachine(context, "gzip", spec, "owned", async (machine) => {
      const check = report.check.bind(report, guest);
      const booted = await boot(context, machine, 5, "boot without the share", {
        role: ROLE,
        withoutShare: true,
      });
      await bootCost(context, "share absent", booted);
      const { shell } = booted;
      await check(
        2,
        "gzip on NoCloud",
        async () => compareTraces(await takeTrace(shell), plain, SIDECAR_ADDS),
      );
      await check(5, "no unit failed without the share", async () => {
        if (guest.init === "sysvinit") {
          const level = await shell.output("runlevel && /etc/init.d/cron status");
          expect(level.startsWith("N 2\n"), `runlevel says: ${level}`);
          return "runlevel 2 is reached, and cron runs";
        }
        const failed = await shell.output("systemctl --failed --plain --no-legend");
        expect(failed.trim() === "", `failed: ${failed}`);
        return "systemctl --failed names none";
      });
      await check(5, "the log says why there is no token", async () => {
        const log = await shell.output(
          guest.init === "systemd"
            ? "journalctl --no-pager -o cat -t aws-iam-token"
            : "grep -h aws-iam-token /var/log/syslog /var/log/cloud-init-output.log || true",
        );
        const line = log.split("\n").find((text) => /mount/i.test(text));
        expect(line !== undefined, `there should be a line about the mount, but there is: ${log}`);
        expect(/The VM has no virtiofs device\./.test(line), `the reason is another: ${line}`);
        expect(/mount says: mount: /.test(line), `mount's words are not in: ${line}`);
        return `"${line.trim()}"`;
      });
      await machine.attachShare(booted);
      const plugged = Date.now();
      await check(5, "the token is picked up once the share is there", async () => {
        await waitFor(
          "published token",
          90,
          async () =>
            (await shell.sh("test -s /run/aws-iam-token/token")).code === 0 ? true : undefined,
        );
        return `published ${((Date.now() - plugged) / 1_000).toFixed(0)} s after the device came`;
      });
      await check(5, "identity from the late share", () => loginShell(shell, ROLE));
      await machine.shutDown();
    });
  },
};
