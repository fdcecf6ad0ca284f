import { LINUX } from "../../support/kubevirt.ts";
import { startSidecar } from "../../support/sidecar.ts";
import { packageVersion, pythonWithPackages } from "../install/python_packages.ts";
import { runProgram } from "../install/run_program.ts";
import { ask, type Case, expect, type Judge } from "./judge.ts";

/** Python's gRPC client, which uses gRPC's C core: does every service answer it? */
export const grpcPython: Judge = {
  name: "grpc-python",
  async judge(bench) {
    const python = await pythonWithPackages(bench);
    bench.progress("gRPC from Python: call every service");
    const scratch = `${bench.cache}/grpc-python`;
    await Deno.mkdir(scratch, { recursive: true });
    const inputs = `${scratch}/inputs.json`;
    await Deno.writeTextFile(inputs, JSON.stringify(LINUX));
    await using sidecar = await startSidecar({ args: ["--log-level", "error"] });
    const { stdout } = await runProgram([
      python,
      `${bench.repository}/tests/conformance/python/grpc_client.py`,
      `${bench.repository}/proto`,
      sidecar.socket,
      inputs,
    ]);
    const answers = JSON.parse(stdout) as { name: string; agreed: boolean; why: string | null }[];
    const cases: Case[] = answers.map(({ name, agreed, why }) => ({
      name,
      agreed,
      ...(why === null ? {} : { why }),
    }));
    cases.push(
      await ask("Shutdown ends the process with exit code 0", async () => {
        const { code } = await sidecar.status;
        expect(code === 0, `the exit code is ${code}`);
      }),
    );
    return [{ judge: "grpcio (Python)", version: await packageVersion(python, "grpcio"), cases }];
  },
};
