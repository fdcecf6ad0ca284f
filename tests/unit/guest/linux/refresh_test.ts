import assert from "node:assert/strict";
import { linuxGuest } from "../../../../src/guest/linux/guest.ts";
import { inEachShell } from "../../../support/in_each_shell.ts";
import { boothookFor, POD_IDENTITY, SETTINGS } from "../../../support/linux_settings.ts";
import { programPath, type ScratchGuest, turnSelinuxOn } from "../../../support/scratch_guest.ts";

const { first: BOOTHOOK } = linuxGuest.parts({
  mountTag: "aws-iam-token",
  mountPath: "/aws-iam-token",
  tokenName: "token",
  tokenReaders: "everyone",
  agentRoute: undefined,
  variables: new Map([["AWS_WEB_IDENTITY_TOKEN_FILE", "/run/aws-iam-token/token"]]),
});

inEachShell("the kubelet's new token is published without a boot", async (guest) => {
  guest.shareToken("old");
  await guest.boot(BOOTHOOK);
  assert.equal(published(guest), "old");
  await using _refresher = guest.refresher();
  // What is mounted shows what the kubelet writes.
  guest.write("aws-iam-token/..data/token", "new");
  await until(() => published(guest) === "new");
  const rounds = waits(guest, "30").length;
  await until(() => waits(guest, "30").length > rounds + 1);
  assert.deepEqual(waits(guest, "5"), []);
  assert.equal(published(guest), "new");
  assertSaid(guest, [/is published at/]);
});

inEachShell("a share that comes late is waited for, and found soon", async (guest) => {
  const share = `${guest.root}/share`;
  guest.shareToken("late");
  Deno.renameSync(share, `${share}-of-later`);
  await guest.boot(BOOTHOOK);
  await using _refresher = guest.refresher();
  await until(() => waits(guest, "5").length > 1);
  assert.deepEqual(waits(guest, "30"), []);
  Deno.renameSync(`${share}-of-later`, share);
  await until(() => published(guest) === "late");
  await until(() => waits(guest, "30").length > 1);
  assertSaid(guest, [/cannot be mounted/, /is published at/]);
});

inEachShell("the service finds its programs where the boothook has found them", async (guest) => {
  guest.shareToken("old");
  await guest.boot(BOOTHOOK);
  // Of the stand-in that the boothook has in its PATH, and the service has not.
  guest.replaceProgram("cat", `: >"$EKS_IRSA_ROOT/used"; exec /bin/cat "$@"`);
  await using _refresher = guest.refresher();
  await until(() => guest.names(".").includes("used"));
});

inEachShell("a service that cannot wait ends, and says why", async (guest) => {
  guest.shareToken("t");
  await guest.boot(BOOTHOOK);
  guest.replaceProgram("sleep", "exit 127");
  await using refresher = guest.refresher();
  assert.equal(await refresher.exitCode, 1);
  assertSaid(guest, [/is published at/, /The program sleep fails: the refresher ends\./]);
  assert.deepEqual([waits(guest, "30"), waits(guest, "5")], [["sleep 30"], ["sleep 5"]]);
});

inEachShell("systemd starts the service again for as long as the guest runs", async (guest) => {
  await guest.boot(BOOTHOOK);
  const unit = guest.read("run/systemd/system/aws-iam-token.service");
  for (const line of ["Restart=always", "RestartSec=5", "StartLimitInterval=0"]) {
    assert(unit.split("\n").includes(line), `${line} is not in ${unit}`);
  }
});

inEachShell("a wait that somebody ends does not end the service", async (guest) => {
  guest.shareToken("old");
  await guest.boot(BOOTHOOK);
  guest.replaceProgram(
    "sleep",
    `[ ! -e "$EKS_IRSA_ROOT/the-end" ] || { kill "$PPID"; exit 1; }
[ -e "$EKS_IRSA_ROOT/ended" ] || { : >"$EKS_IRSA_ROOT/ended"; kill $$; }
exec ${programPath("sleep")} 0.05`,
  );
  await using _refresher = guest.refresher();
  await until(() => waits(guest, "5").length === 1 && waits(guest, "30").length > 1);
  guest.write("aws-iam-token/..data/token", "new");
  await until(() => published(guest) === "new");
});

inEachShell(
  "with SELinux the folder of the token is labelled once, before it has a token",
  async (guest) => {
    turnSelinuxOn(guest);
    guest.replaceProgram(
      "chcon",
      `[ ! -e "$3/token" ]; printf '%s\\n' "$?" >>"$EKS_IRSA_ROOT/labelled"`,
    );
    guest.shareToken("old");
    // As where / is read-only: no round can make the folder of the share.
    guest.write("aws-iam-token", "");
    await guest.boot(BOOTHOOK);
    await using _refresher = guest.refresher();
    await until(() => waits(guest, "30").length > 2);
    assert.deepEqual(
      guest.calls().filter((call) => call.startsWith("chcon")),
      ["chcon -t cert_t ROOT/run/aws-iam-token"],
    );
    assert.equal(guest.read("labelled"), "0\n");
  },
);

inEachShell(
  "nothing is labelled without SELinux, or where not everyone may read the token",
  async (guest) => {
    guest.shareToken("old");
    await guest.boot(BOOTHOOK);
    Deno.removeSync(`${guest.root}/run/aws-iam-token`, { recursive: true });
    turnSelinuxOn(guest);
    await guest.boot(boothookFor({ ...SETTINGS, tokenReaders: "root" }));
    assert.equal(published(guest), "old");
    assert.deepEqual(guest.calls().filter((call) => call.startsWith("chcon")), []);
  },
);

const ROUTE = "ip route replace 169.254.170.23/32 via 10.0.2.1";

/** The calls of `ip`. */
const routes = (guest: ScratchGuest) => guest.calls().filter((call) => call.startsWith("ip "));

inEachShell("the boot and every round give the guest the route to the agent", async (guest) => {
  guest.shareToken("t");
  await guest.boot(boothookFor(POD_IDENTITY));
  assert.deepEqual(routes(guest), [ROUTE]);
  await using _refresher = guest.refresher();
  await until(() => waits(guest, "30").length > 2);
  assert(routes(guest).length > 3);
  assert.deepEqual([...new Set(routes(guest))], [ROUTE]);
  assertSaid(guest, [/is published at/]);
});

inEachShell("a route that fails is said, and tried again soon, beside the token", async (guest) => {
  guest.shareToken("t");
  guest.replaceProgram(
    "ip",
    `[ -e "$EKS_IRSA_ROOT/online" ] || { echo "Network is unreachable" >&2; exit 2; }`,
  );
  assert.equal(await guest.boot(boothookFor(POD_IDENTITY)), "");
  assert.equal(published(guest), "t");
  await using _refresher = guest.refresher();
  await until(() => waits(guest, "5").length > 1);
  assert.deepEqual(waits(guest, "30"), []);
  guest.write("online", "");
  await until(() => waits(guest, "30").length > 1);
  assertSaid(guest, [
    /agent of EKS Pod Identity, 169\.254\.170\.23, by 10\.0\.2\.1\. ip says: Network is unreachable/,
    /is published at/,
  ]);
});

inEachShell("a guest without that route in its settings is given none", async (guest) => {
  guest.shareToken("t");
  await guest.boot(BOOTHOOK);
  await using _refresher = guest.refresher();
  await until(() => waits(guest, "30").length > 1);
  assert.deepEqual(routes(guest), []);
});

function published(guest: ScratchGuest): string | undefined {
  try {
    return guest.read("run/aws-iam-token/token");
  } catch {
    return undefined;
  }
}

/** How often the refresher has waited for so many seconds. */
function waits(guest: ScratchGuest, seconds: string): readonly string[] {
  return guest.calls().filter((call) => call === `sleep ${seconds}`);
}

/** What the refresher has told the journal: every change once. */
function assertSaid(guest: ScratchGuest, messages: readonly RegExp[]): void {
  const said = guest.calls().filter((call) => call.startsWith("logger -t aws-iam-token "));
  assert.equal(said.length, messages.length, said.join("\n"));
  for (const [index, message] of messages.entries()) assert.match(said[index] ?? "", message);
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("It does not come to pass within 10 s.");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
