/**
 * Calls the real sidecar as virt-launcher does, and shows on one screen what happens when a Linux and a Windows VM
 * start.
 */
import { partsOf, settingsIn } from "../tests/support/guest_part.ts";
import { LINUX, WINDOWS } from "../tests/support/kubevirt.ts";
import { decodeBody, type Entity, readEntity } from "../tests/support/mime.ts";
import { IRSA_ENVIRONMENT, startSidecar } from "../tests/support/sidecar.ts";
import { VirtLauncher } from "../tests/support/virt_launcher.ts";

const colourful = Deno.stdout.isTerminal() && Deno.env.get("NO_COLOR") === undefined;
const bold = (text: string) => colourful ? `\x1b[1m${text}\x1b[22m` : text;
const green = (text: string) => colourful ? `\x1b[32m${text}\x1b[39m` : text;
const print = (...lines: string[]) => console.log(lines.join("\n"));

/** The lines that were added to the domain, without their indentation. */
function addedLines(before: string, after: string): string[] {
  const old = new Set(before.split("\n").map((line) => line.trim()));
  return after.split("\n").map((line) => line.trim()).filter((line) => !old.has(line));
}

/** Where a part of the user data is from: the sidecar's parts have its name, the original has the same bytes. */
function sourceOf(part: Entity, original: string): string {
  if (/filename="eks-irsa-sidecar\.\w+"/.test(part.headers.get("content-disposition") ?? "")) {
    return green("added by the sidecar");
  }
  return new TextDecoder().decode(decodeBody(part)) === original
    ? `the VM's own user data, unchanged: ${original.split("\n")[0]} …`
    : "changed";
}

async function showStart(title: string, vm: typeof LINUX | typeof WINDOWS, launcher: VirtLauncher) {
  const { UserData } = await launcher.preCloudInitIso(vm);
  const settings = settingsIn(UserData);
  print("", bold(title));
  print(
    `  PreCloudInitIso  the user data becomes a message with ${partsOf(UserData).length} parts:`,
  );
  for (const [index, part] of partsOf(UserData).map(readEntity).entries()) {
    const type = part.headers.get("content-type")?.split(";")[0] ?? "";
    print(
      `    ${index + 1}. ${type.padEnd(20)} ${sourceOf(part, vm.cloudInitData.UserData)}`,
    );
  }
  print(
    `  in the guest     the virtiofs tag ${settings.mountTag} is mounted at ${settings.mountPath}, the token is`,
    `                   published at ${settings.variables.AWS_WEB_IDENTITY_TOKEN_FILE}, and programs have`,
  );
  for (const [name, value] of Object.entries(settings.variables)) {
    print(`    ${green(`${name}=${value}`)}`);
  }
  const domain = await launcher.onDefineDomain(vm);
  print(
    "  OnDefineDomain   the domain gets a device for the token's share, shared memory, and for Linux",
    "                   strings that give the role where cloud-init does not run:",
  );
  for (const line of addedLines(vm.domainXml, domain)) {
    print(`    ${green(`+ ${line.replaceAll(/=[A-Za-z0-9+/]{40,}=*</g, "=…<")}`)}`);
  }
}

await using sidecar = await startSidecar();
const launcher = new VirtLauncher(sidecar.socket);
const info = await launcher.info();
print(
  bold("virt-launcher calls the sidecar, in a pod with this role:"),
  `  AWS_ROLE_ARN=${IRSA_ENVIRONMENT.AWS_ROLE_ARN}`,
  `  AWS_WEB_IDENTITY_TOKEN_FILE=${IRSA_ENVIRONMENT.AWS_WEB_IDENTITY_TOKEN_FILE}`,
  `  Info             ${info.name}, ${info.versions.join(" ")}`,
  `                   ${info.hookPoints.map(({ name }) => name).join(", ")}`,
);
await showStart("A Linux VM starts (NoCloud, #cloud-config)", LINUX, launcher);
await showStart("A Windows VM starts (ConfigDrive, #ps1_sysnative)", WINDOWS, launcher);
await launcher.shutdown();
const { code } = await sidecar.status;
print("", bold(`The VMs have stopped: after Shutdown the sidecar ended with exit code ${code}.`));
Deno.exit(code);
