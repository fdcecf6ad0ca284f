import type { GuestShell } from "./guest_shell.ts";
import type { Guest } from "./guests.ts";
import { waitFor } from "./process.ts";
import { expect } from "./report.ts";

/** The ARN of a role of the rig's account, by its name. */
export function roleArn(name: string): string {
  return `arn:aws:iam::111122223333:role/${name}`;
}

/**
 * What the AWS CLI or an SDK printed has to name the assumed role.
 *
 * @returns the ARN, as evidence.
 */
export function assumedRole(output: string, role: string): string {
  const arn = output.match(/arn:aws:sts::[^\s"]+/)?.[0];
  const name = role.slice(role.lastIndexOf("/") + 1);
  expect(
    arn !== undefined && arn.startsWith(`arn:aws:sts::111122223333:assumed-role/${name}/`),
    `it should be the role ${name}, but it printed: ${output.trim().slice(-600)}`,
  );
  return arn;
}

/** A command line run by the unprivileged user `app` in a login shell, with PAM's environment. */
export function asApp(command: string): string {
  return `su - app -c ${quoted(command)}`;
}

/** A command line run by the user `nobody`, who has neither a shell nor a home, with PAM's environment. */
export function asNobody(command: string): string {
  return `su --shell=/bin/sh nobody -c ${quoted(command)}`;
}

/** Runs the AWS CLI as an unprivileged user, by default in a login shell. */
export async function loginShell(
  shell: GuestShell,
  role: string,
  asUser = asApp,
): Promise<string> {
  return `AWS CLI: ${
    assumedRole(await anyOutput(shell, asUser("aws sts get-caller-identity")), role)
  }`;
}

/** The same through the SDK. */
export async function boto3(shell: GuestShell, role: string, asUser = asApp): Promise<string> {
  const program = `import boto3; print(boto3.client("sts").get_caller_identity()["Arn"])`;
  const output = await anyOutput(shell, asUser(`python3 -c ${quoted(program)}`));
  return `boto3: ${assumedRole(output, role)}`;
}

/** The smallest client there is, for where the AWS CLI's start would take too long. */
export async function smallClient(shell: GuestShell, role: string): Promise<string> {
  return assumedRole(await anyOutput(shell, asApp("/opt/rig/whoami.py")), role);
}

/** What the image's own service printed, which the boot started. */
export async function bootService(shell: GuestShell, guest: Guest, role: string): Promise<string> {
  const arn = assumedRole(await written(shell, "/var/lib/rig-app/service.out"), role);
  return `${
    guest.init === "systemd" ? "User=app, started by the boot" : "init script, su"
  }: ${arn}`;
}

/** What the user data's own runcmd printed: by su where runcmd has no variables of its own. */
export async function runcmd(shell: GuestShell, guest: Guest, role: string): Promise<string> {
  const arn = assumedRole(await written(shell, "/var/lib/rig-app/runcmd.out"), role);
  return `${guest.init === "systemd" ? "setpriv" : "su"} in runcmd: ${arn}`;
}

/**
 * Without systemd cloud-init 22.4 runs runcmd in a process that an init script starts, to which nothing
 * of ours can give variables without leaving a file on the disk.
 */
export async function runcmdWithout(shell: GuestShell, role: string): Promise<string> {
  const variables = await shell.output("cat /var/lib/rig-app/runcmd.variables");
  expect(
    variables === "",
    `runcmd has variables there, which docs/how-it-works.md denies: ${variables}`,
  );
  const sourced = "env -i sh -c 'set -a; . /etc/environment; printenv AWS_ROLE_ARN'";
  const value = (await shell.output(sourced)).trim();
  expect(value === role, `/etc/environment gives a shell the role "${value}"`);
  return "runcmd has no AWS_ variables of its own: the line above is by su, and a shell that reads " +
    "/etc/environment has them";
}

/** A service that is started now, for an unprivileged user. */
export async function newService(shell: GuestShell, role: string): Promise<string> {
  const command = "systemd-run --quiet --wait --pipe --uid=app /opt/rig/whoami.py";
  return assumedRole(await anyOutput(shell, command), role);
}

/** A service of the user's own manager (`systemd --user`), which runs for as long as the user has a session. */
export async function userManager(shell: GuestShell, role: string): Promise<string> {
  const command = asApp("systemd-run --user --quiet --wait --pipe /opt/rig/whoami.py");
  return assumedRole(await anyOutput(shell, command), role);
}

/**
 * Lets cron run the AWS CLI each minute until it has succeeded once; to be followed by `cronResult`. A token
 * may be replaced in between, and what runs then and reads the old one is refused.
 */
export async function startCron(shell: GuestShell): Promise<void> {
  await shell.output(`cat > /opt/rig/cron.sh <<'END'
cd /var/lib/rig-app && [ ! -e cron.out ] && mkdir cron || exit
echo try >>cron.tries
if aws sts get-caller-identity >cron/part 2>&1; then mv cron/part cron.out; else cat cron/part >>cron.failures; fi
rm -r cron
END
chmod 755 /opt/rig/cron.sh
install -d -o app -g app /var/lib/rig-app
echo '* * * * * app sh /opt/rig/cron.sh' > /etc/cron.d/rig`);
}

export async function cronResult(shell: GuestShell, role: string): Promise<string> {
  try {
    const arn = assumedRole(await written(shell, "/var/lib/rig-app/cron.out"), role);
    const tries = Number(await shell.output("wc -l </var/lib/rig-app/cron.tries"));
    return tries === 1 ? arn : `${arn}, at try ${tries}`;
  } catch (error) {
    const { stdout } = await shell.sh("cat /var/lib/rig-app/cron.failures");
    throw new Error(
      `${error instanceof Error ? error.message : error}; failures: ${stdout.trim()}`,
    );
  } finally {
    await shell.sh("rm -f /etc/cron.d/rig");
  }
}

/** The AWS CLI has no identity, for want of credentials and of nothing else. */
export async function noCredentials(shell: GuestShell): Promise<string> {
  const command = asApp("aws sts get-caller-identity --region eu-central-1");
  const { code, stdout, stderr } = await shell.sh(command, 180);
  const words = "Unable to locate credentials";
  expect(
    // 253: the environment or the configuration does not allow the command.
    code === 253 && stderr.includes(words) && stdout.trim() === "",
    `the AWS CLI should have said "${words}" and left with 253, but left with ${code}: ` +
      `${stdout}${stderr}`,
  );
  return `the AWS CLI leaves with ${code} and says "${words}"`;
}

/** Waits for a file that a command's output is moved to when the command has ended. */
async function written(shell: GuestShell, file: string): Promise<string> {
  return await waitFor(`output in ${file}`, 180, async () => {
    const { stdout } = await shell.sh(`cat ${file}`);
    return stdout === "" ? undefined : stdout;
  });
}

/** Both streams of a command, whatever its exit code: the caller looks for the role in them. */
async function anyOutput(shell: GuestShell, command: string): Promise<string> {
  const { stdout, stderr } = await shell.sh(command, 180);
  return `${stdout}\n${stderr}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
