import { repositoryPath } from "../support/paths.ts";
import type { GuestShell } from "./guest_shell.ts";
import type { Machine } from "./machine.ts";
import { waitFor } from "./process.ts";
import { expect } from "./report.ts";

// The limit, from the swap in the pod to the last reader.
const LIMIT_SECONDS = 70;
// How long the readers may take to begin.
const START_SECONDS = 60;
const TOKEN = "/run/aws-iam-token/token";

interface Seen {
  readonly reads: number;
  readonly missing: number;
  readonly torn: number;
  readonly days: readonly number[];
  readonly seconds?: number;
  readonly error?: string;
}

/**
 * Swaps the token in the pod while unprivileged users read the published one as fast as they can.
 *
 * @param users who reads, each with the groups that they have
 * @returns the evidence in words
 * @throws if a reader saw half a token or none, or did not see the new one in time.
 */
export async function rotation(
  machine: Machine,
  shell: GuestShell,
  users: readonly string[],
): Promise<string> {
  const program = await Deno.readTextFile(repositoryPath("tests/guest/checks/watch_token.py"));
  const next = machine.day + 1;
  const started = (user: string) => `/tmp/rig-reader-${user}`;
  const readers = Promise.all(users.map((user) =>
    shell.exec(
      "/usr/bin/setpriv",
      [
        ...[`--reuid=${user}`, `--regid=${user}`, "--init-groups", "python3", "-"],
        ...[TOKEN, String(next), String(LIMIT_SECONDS + START_SECONDS), started(user)],
      ],
      program,
      LIMIT_SECONDS + START_SECONDS + 60,
    )
  ));
  // Python takes seconds to start on an emulated CPU. Each reader says when it has read the old token.
  const running = users.map((user) => `test -e ${started(user)}`).join(" && ");
  const allRead = waitFor(
    "first whole token of each reader",
    START_SECONDS,
    async () => (await shell.sh(running)).code === 0 ? true : undefined,
  );
  // A reader that ends before that has broken, which is seen below.
  await Promise.race([allRead, readers]);
  await machine.rotate();
  const swapped = Date.now();
  // From here on the guest's STS refuses the old token.
  await shell.output(`echo ${next} > /run/rig/today`);
  // The readers count from here, so the way to here is added to what they say.
  const delay = (Date.now() - swapped) / 1_000;
  const results = (await readers).map(({ code, stdout, stderr }) => {
    expect(code === 0, `a reader broke: ${stderr}`);
    return JSON.parse(stdout) as Seen;
  });
  for (const seen of results) {
    const words = JSON.stringify(seen);
    expect(seen.torn === 0, `a reader saw half a token: ${words}`);
    expect(seen.missing === 0, `a reader saw no token: ${words}`);
    expect(seen.days.includes(next - 1), `a reader did not see the old token first: ${words}`);
    expect(
      seen.seconds !== undefined && seen.seconds + delay <= LIMIT_SECONDS,
      `a reader did not see the new token within ${LIMIT_SECONDS} s: ${words}`,
    );
  }
  const reads = results.map(({ reads }) => reads).join(" and ");
  return `${reads} reads, none torn, none missing; new after ${
    results.map(({ seconds }) => `${((seconds ?? 0) + delay).toFixed(1)} s`).join(" and ")
  }`;
}
