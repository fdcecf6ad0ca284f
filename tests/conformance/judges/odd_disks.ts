import { scratchGuest } from "../../support/scratch_guest.ts";
import { runProgram } from "../install/run_program.ts";
import { ask, type Case, expect } from "./judge.ts";

/** How large a /run is, in KiB: from one that holds hardly a file to one that holds all. */
const RUN_SIZES_KIB = [4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 64];

const OWN_LINE = "LANG=C.UTF-8\n";
const BLOCK = /^# BEGIN eks-irsa-sidecar\n(?:.*\n)+# END eks-irsa-sidecar\n$/;

/**
 * The boothook on file systems as some guests have them. The mounts are real, in a mount namespace that ends
 * with the boothook: the machine sees none of them.
 */
export async function oddDiskCases(shell: string, body: string): Promise<Case[]> {
  return [
    await ask(`${shell}: /etc/environment is a mount of its own`, async () => {
      const { environment } = await boot(shell, body, BIND);
      expectBlock(environment);
    }),
    await ask(`${shell}: the same in a read-only /etc`, async () => {
      const { environment } = await boot(shell, body, `${READ_ONLY_ETC}; ${BIND}`);
      expectBlock(environment);
    }),
    await ask(`${shell}: the same on a disk that is full`, async () => {
      const { environment, messages } = await boot(
        shell,
        body,
        `${READ_ONLY_ETC}; ${FULL}; ${BIND}`,
      );
      expect(environment === FULL_PAGE, `the file is: ${environment}`);
      expect(/etc\/environment cannot be written/.test(messages), `it says: ${messages}`);
    }),
    await ask(`${shell}: /etc/environment is read-only`, async () => {
      const { environment, messages } = await boot(shell, body, READ_ONLY_ETC);
      expect(environment === OWN_LINE, `the file is: ${environment}`);
      expect(/etc\/environment cannot be written/.test(messages), `it says: ${messages}`);
    }),
    ...await Promise.all(RUN_SIZES_KIB.map((size) => smallRun(shell, body, size))),
  ];
}

const READ_ONLY_ETC = "mount --bind $R/etc $R/etc && mount -o remount,bind,ro $R/etc";
// $R/other stands for another disk, where the file of the guest is.
const BIND = "mount --bind $R/other/environment $R/etc/environment";
// The block does not fit into the page that the file has on that disk.
const FULL_PAGE = `# ${"x".repeat(4_000)}\n`;
const FULL =
  `mount -t tmpfs -o size=8k tmpfs $R/other && printf '%s' '${FULL_PAGE}' >$R/other/environment
head -c 1000000 /dev/zero >$R/other/filler 2>/dev/null`;

function expectBlock(environment: string): void {
  const [own, block] = [environment.slice(0, OWN_LINE.length), environment.slice(OWN_LINE.length)];
  expect(own === OWN_LINE && BLOCK.test(block), `the file is: ${environment}`);
}

/** Of a /run that is too small for all, whatever is there is whole, and something says what is missing. */
async function smallRun(shell: string, body: string, size: number): Promise<Case> {
  return await ask(`${shell}: /run has ${size} KiB`, async () => {
    const prepare =
      `mount -t tmpfs -o size=${size}k tmpfs $R/run && mkdir -p $R/run/systemd/system`;
    const { environment, files, messages } = await boot(shell, body, prepare);
    if (environment !== OWN_LINE) expectBlock(environment);
    const { variables = "", unit = "", pid = "", token = "" } = files;
    const lines = variables.split("\n").slice(0, -1);
    const whole = environment.split("\n").filter((line) => line.startsWith("AWS_")).length;
    expect(
      variables === "" || lines.length === whole && variables.endsWith("\n"),
      `of the variables there is a part: ${variables}`,
    );
    expect(
      unit === "" || /^StartLimitInterval=0\n$/m.test(unit),
      `of the unit there is a part: ${unit}`,
    );
    expect(["", "the-token"].includes(token), `of the token there is a part: ${token}`);
    // Without the unit a process in the background does its work.
    const all = variables !== "" && unit + pid !== "" && token !== "";
    expect(
      all || messages !== "",
      `something is missing, and nothing says so: ${JSON.stringify({ ...files, environment })}`,
    );
  });
}

interface Left {
  readonly environment: string;
  readonly files: Readonly<Record<string, string>>;
  /** What the journal and cloud-init's log have. */
  readonly messages: string;
}

/** Runs the boothook in a mount namespace that a script has prepared; $R is the guest's root. */
async function boot(shell: string, body: string, prepare: string): Promise<Left> {
  await using guest = await scratchGuest(shell);
  guest.write("etc/environment", OWN_LINE);
  Deno.mkdirSync(`${guest.root}/other`);
  guest.write("other/environment", OWN_LINE);
  guest.shareToken("the-token");
  // A refresher in the background ends at its first wait.
  guest.write("the-end", "");
  guest.write("boothook", body.replace(/^#cloud-boothook\n/, ""));
  const script = `R=$EKS_IRSA_ROOT
${prepare}
PATH=$R/bin:$PATH ${shell} $R/boothook 3>&1 >$R/log 2>&1
cat $R/etc/environment >$R/left.environment
cat $R/run/eks-irsa-sidecar/variables >$R/left.variables 2>/dev/null
cat $R/run/systemd/system/aws-iam-token.service >$R/left.unit 2>/dev/null
cat $R/run/eks-irsa-sidecar/pid >$R/left.pid 2>/dev/null
cat $R/run/aws-iam-token/token >$R/left.token 2>/dev/null
exit 0`;
  await runProgram(["unshare", "--mount", "sh", "-c", script], {
    env: { EKS_IRSA_ROOT: guest.root },
    seconds: 60,
  });
  const said = guest.calls().filter((call) => call.startsWith("logger "));
  return {
    environment: guest.read("left.environment"),
    files: Object.fromEntries(
      ["variables", "unit", "pid", "token"].map((name) => [name, guest.read(`left.${name}`)]),
    ),
    messages: [...said, guest.read("log")].join("\n").trim(),
  };
}
