import { repositoryPath } from "../support/paths.ts";
import type { GuestShell } from "./guest_shell.ts";
import type { Machine } from "./machine.ts";
import { expect } from "./report.ts";

// The limit, from the swap in the pod to the last reader.
const LIMIT_SECONDS = 70;
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
 * Swaps the token in the pod while two unprivileged users read the published one as fast as they can.
 *
 * @returns the evidence in words
 * @throws if a reader saw half a token or none, or did not see the new one in time.
 */
export async function rotation(machine: Machine, shell: GuestShell): Promise<string> {
  const program = await Deno.readTextFile(repositoryPath("tests/guest/checks/watch_token.py"));
  const next = machine.day + 1;
  const args = [TOKEN, String(next), String(LIMIT_SECONDS + 10)];
  const readers = ["app", "stranger"].map((user) =>
    shell.exec(
      "/usr/bin/setpriv",
      [`--reuid=${user}`, `--regid=${user}`, "--clear-groups", "python3", "-", ...args],
      program,
      LIMIT_SECONDS + 60,
    )
  );
  // Python takes seconds to start on an emulated CPU; the readers see the old token first.
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  await machine.rotate();
  const swapped = Date.now();
  // From here on the guest's STS refuses the old token.
  await shell.output(`echo ${next} > /run/rig/today`);
  // The readers count from here, so the way to here is added to what they say.
  const delay = (Date.now() - swapped) / 1_000;
  const results = (await Promise.all(readers)).map(({ code, stdout, stderr }) => {
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
