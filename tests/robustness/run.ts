import { removeTokenFolder } from "./canaries.ts";
import { faults } from "./faults/faults.ts";
import { foundCases } from "./found_cases.ts";
import { type Item, Report } from "./item.ts";
import { anyRequestIsAnswered } from "./properties/any_request_is_answered.ts";
import { theDomainPatch } from "./properties/the_domain_patch.ts";
import { theIdentity } from "./properties/the_identity.ts";
import { theResponseSize } from "./properties/the_response_size.ts";
import { theUserData } from "./properties/the_user_data.ts";
import { CASES, SEED } from "./random.ts";
import { Judge } from "./readers/judge.ts";
import { secrets } from "./secrets.ts";
import { soak } from "./soak.ts";
import { supplyChain } from "./supply_chain.ts";
import { theWire } from "./wire/hostile_clients.ts";
import { xmlAttacks } from "./xml_attacks.ts";

const properties: Item = {
  name: "1 properties",
  async run(report) {
    console.log(`  seed ${SEED} (ROBUSTNESS_SEED repeats it), ${CASES} cases of each property`);
    await using judge = new Judge();
    await foundCases(report, judge);
    await theDomainPatch(report, judge);
    await theUserData(report, judge);
    await theResponseSize(report);
    await theIdentity(report, judge);
    await anyRequestIsAnswered(report);
  },
};

/** Secrets come last: they search the output of all other items. */
const items = [properties, xmlAttacks, theWire, faults, soak, secrets, supplyChain];

/** Arguments choose items by their numbers; all of them run without any. */
const chosen = items.filter(({ name }) =>
  Deno.args.length === 0 || Deno.args.includes(name.slice(0, 1))
);

const rows: { readonly item: Item; readonly report: Report; readonly seconds: number }[] = [];
for (const item of chosen) {
  console.log(`\n${item.name}`);
  const report = new Report();
  const started = performance.now();
  await item.run(report);
  rows.push({ item, report, seconds: (performance.now() - started) / 1000 });
}
removeTokenFolder();

console.log("\nitem               cases  failures  seconds");
for (const { item, report, seconds } of rows) {
  console.log(
    item.name.padEnd(16) + String(report.cases).padStart(8) +
      String(report.failures.length).padStart(10) + seconds.toFixed(1).padStart(9),
  );
}
const failures = rows.flatMap(({ item, report }) =>
  report.failures.map((failure) => `${item.name}: ${failure}`)
);
const notTried = rows.flatMap(({ report }) => report.notTried);
for (const failure of failures) console.log(`FAILED ${failure}`);
for (const name of notTried) console.log(`not tried here: ${name}`);
const cases = rows.reduce((sum, { report }) => sum + report.cases, 0);
console.log(`\n${cases - failures.length} passed, ${failures.length} failed`);
Deno.exit(failures.length === 0 ? 0 : 1);
