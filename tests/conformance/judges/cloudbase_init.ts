import { packageVersion, pythonWithPackages } from "../install/python_packages.ts";
import type { Judge } from "./judge.ts";
import { answersOf } from "./python_answers.ts";
import { putThroughSidecar } from "./user_data_corpus.ts";

/** cloudbase-init: which interpreter runs which bytes, with and without us, and what reboots do. */
export const cloudbaseInit: Judge = {
  name: "cloudbase-init",
  async judge(bench) {
    const tier = `${bench.repository}/tests/conformance`;
    const python = await pythonWithPackages(bench);
    bench.progress("cloudbase-init: put the corpus through the sidecar");
    const scratch = `${bench.cache}/specimens/windows`;
    const specimens = await putThroughSidecar(`${tier}/user_data_windows`, "windows", scratch);
    bench.progress(`cloudbase-init: run ${specimens.length} user data`);
    const cases = await answersOf(
      { python, program: `${tier}/python/cloudbase_init_judge.py` },
      specimens,
      `${scratch}/cases.json`,
    );
    const version = await packageVersion(python, "cloudbase-init");
    return [{ judge: "cloudbase-init", version, cases }];
  },
};
