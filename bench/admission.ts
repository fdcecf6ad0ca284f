import { Cluster } from "../tests/conformance/cluster/cluster.ts";
import { namespace, serviceAccount } from "../tests/conformance/cluster/objects.ts";
import { applyPolicies } from "../tests/conformance/cluster/policies.ts";
import { clusterPrograms } from "../tests/conformance/cluster/programs.ts";
import type { JsonObject } from "../src/text/json.ts";
import { INJECT_LABEL } from "../tests/support/admission_cases.ts";
import { repositoryPath } from "../tests/support/paths.ts";
import { median } from "./statistics.ts";

/** How many service accounts the VMI's namespace has: the policy is evaluated once for each. */
const ACCOUNTS = [1, 100, 1_000];
/** How many volumes the VMI has. */
const VOLUMES = [1, 20, 200];
const ADMISSIONS = 50;
/** Admissions before the first that is counted: the API server compiles a policy at its first use. */
const WARM_UP = 5;
/** With 1,000 accounts the policy may take so much. */
const TARGET_MS = 50;

const ROLE = "arn:aws:iam::111122223333:role/vm";

/** A namespace's size, and the median time of an admission. */
interface Row {
  readonly accounts: number;
  readonly volumes: number;
  readonly withPolicyMs: number;
  readonly withoutPolicyMs: number;
  /** Mean processor time of the API server that the policy adds to an admission. */
  readonly processorMs: number;
}

/**
 * Measures what the admission policy costs when a VMI is created: a dry run through the API server and KubeVirt's own
 * webhooks, of the VMI and of the same VMI with the label's value "false", which no binding selects. They take turns, so
 * that a busy machine slows both. Prints a table.
 *
 * @returns the exit code: 1 if the target was missed
 */
export async function benchAdmission(progress: (step: string) => void): Promise<number> {
  const programs = await clusterPrograms(repositoryPath(""), progress);
  await using cluster = await Cluster.start(programs);
  await applyPolicies(cluster, repositoryPath("").replace(/\/$/, ""));
  const rows: Row[] = [];
  for (const accounts of ACCOUNTS) {
    const name = `accounts-${accounts}`;
    await cluster.api.createAll([namespace(name)]);
    const names = ["vm", ...Array.from({ length: accounts - 1 }, (_, index) => `other-${index}`)];
    for (const account of names) {
      await cluster.api.createAll([serviceAccount(name, account, ROLE)]);
    }
    for (const volumes of VOLUMES) {
      progress(`${accounts} accounts, ${volumes} volumes`);
      const times = { true: [] as number[], false: [] as number[] };
      const processor = { true: 0, false: 0 };
      for (let round = -WARM_UP; round < ADMISSIONS; round++) {
        for (const label of ["true", "false"] as const) {
          const object = vmi(name, volumes, label);
          const used = cluster.apiServerMs();
          const started = performance.now();
          const { status, body } = await cluster.api.create(object, true);
          const took = performance.now() - started;
          if (status !== 201) throw new Error(`the VMI was refused: ${body.message}`);
          if (round < 0) continue;
          times[label].push(took);
          processor[label] += cluster.apiServerMs() - used;
        }
      }
      rows.push({
        accounts,
        volumes,
        withPolicyMs: median(times.true),
        withoutPolicyMs: median(times.false),
        processorMs: (processor.true - processor.false) / ADMISSIONS,
      });
    }
  }
  console.log(table(rows));
  const most = Math.max(
    ...rows.filter(({ accounts }) => accounts === Math.max(...ACCOUNTS)).map(difference),
  );
  const met = most <= TARGET_MS;
  console.log(
    `\nWith ${Math.max(...ACCOUNTS)} accounts the policy takes at most ${
      most.toFixed(1)
    } ms more: ` +
      `the target of ${TARGET_MS} ms is ${met ? "met" : "missed"}.`,
  );
  return met ? 0 : 1;
}

function difference({ withPolicyMs, withoutPolicyMs }: Row): number {
  return withPolicyMs - withoutPolicyMs;
}

function vmi(namespace: string, volumes: number, label: "true" | "false"): JsonObject {
  const names = Array.from({ length: volumes - 1 }, (_, index) => `data-${index}`);
  return {
    apiVersion: "kubevirt.io/v1",
    kind: "VirtualMachineInstance",
    metadata: { name: "vm", namespace, labels: { [INJECT_LABEL]: label } },
    spec: {
      serviceAccountName: "vm",
      domain: {
        memory: { guest: "1Gi" },
        devices: {
          disks: ["cloudinit", ...names].map((name) => ({ name, disk: { bus: "virtio" } })),
        },
      },
      volumes: [
        { name: "cloudinit", cloudInitNoCloud: { userData: "#cloud-config\n" } },
        ...names.map((name) => ({ name, emptyDisk: { capacity: "1Gi" } })),
      ],
    },
  };
}

function table(rows: readonly Row[]): string {
  return [
    "| accounts | volumes | with the policy | without | ratio | difference | of it processor time |",
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...rows.map((row) =>
      `| ${row.accounts} | ${row.volumes} | ${row.withPolicyMs.toFixed(1)} ms | ` +
      `${row.withoutPolicyMs.toFixed(1)} ms | ` +
      `${(row.withPolicyMs / row.withoutPolicyMs).toFixed(2)} | ${
        difference(row).toFixed(1)
      } ms | ` +
      `${row.processorMs.toFixed(1)} ms |`
    ),
  ].join("\n");
}
