import { cloudInitReleases } from "../install/cloud_init_releases.ts";
import { pythonWithPackages } from "../install/python_packages.ts";
import type { Judge } from "./judge.ts";
import { noexecCases } from "./noexec.ts";
import { answersOf } from "./python_answers.ts";
import { putThroughSidecar } from "./user_data_corpus.ts";

/** cloud-init, several releases: does it read the same parts as without us? */
export const cloudInit: Judge = {
  name: "cloud-init",
  async judge(bench) {
    const tier = `${bench.repository}/tests/conformance`;
    const python = await pythonWithPackages(bench);
    const releases = await cloudInitReleases(bench);
    bench.progress("cloud-init: put the corpus through the sidecar");
    const scratch = `${bench.cache}/specimens/linux`;
    const specimens = await putThroughSidecar(`${tier}/user_data`, "linux", scratch);
    const verdicts = [];
    for (const { suite, version, pythonPath } of releases) {
      bench.progress(`cloud-init ${version} (${suite}): read ${specimens.length} user data`);
      const cases = await answersOf(
        {
          python,
          program: `${tier}/python/cloud_init_judge.py`,
          args: [`${tier}/user_data/reachable`],
        },
        specimens,
        `${scratch}/cases.json`,
        { PYTHONPATH: pythonPath },
      );
      const carried = specimens.find(({ expected }) => expected === "carried")?.result ?? "";
      const booted = await noexecCases(
        { python, program: `${tier}/python/cloud_init_boot.py`, pythonPath },
        carried,
      );
      verdicts.push({ judge: `cloud-init (${suite})`, version, cases: [...cases, ...booted] });
    }
    return verdicts;
  },
};
