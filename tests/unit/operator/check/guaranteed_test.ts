import assert from "node:assert/strict";
import { guaranteedBy } from "../../../../src/operator/check/guaranteed.ts";
import { quantity } from "../../../../src/operator/check/quantity.ts";

/** Quantities of Kubernetes, and their numbers. */
const QUANTITIES: readonly (readonly [unknown, number | undefined])[] = [
  ["200m", 0.2],
  ["1.5", 1.5],
  ["10", 10],
  [3, 3],
  ["12k", 12_000],
  ["64M", 64e6],
  ["1.25G", 1.25e9],
  ["2T", 2e12],
  ["1Ki", 1024],
  ["16Mi", 16 * 1024 ** 2],
  ["1Gi", 1024 ** 3],
  ["1Ti", 1024 ** 4],
  ["1e3", 1000],
  ["12e10k", 12e13],
  ["1x", undefined],
  ["toString", undefined],
  ["1toString", undefined],
  ["much", undefined],
  ["a1", undefined],
  ["1M ", undefined],
  [".5", undefined],
  ["", undefined],
  [true, undefined],
  [["1"], undefined],
  [undefined, undefined],
];

for (const [text, number] of QUANTITIES) {
  Deno.test(`the quantity ${JSON.stringify(text)} is ${number}`, () => {
    assert.equal(quantity(text), number);
  });
}

const vmi = (domain: unknown) => ({ spec: { domain } });
const LIMITS = "spec.domain.resources.limits";

/** Domains, and the field that makes the pod a Guaranteed one. */
const DOMAINS: readonly (readonly [string, unknown, string | undefined])[] = [
  [
    "dedicated CPUs",
    { cpu: { dedicatedCpuPlacement: true } },
    "spec.domain.cpu.dedicatedCpuPlacement",
  ],
  ["CPUs of its own in words", { cpu: { dedicatedCpuPlacement: "true" } }, undefined],
  ["limits", { resources: { limits: { cpu: 1, memory: "1Gi" } } }, LIMITS],
  [
    "limits that are the requests",
    {
      resources: {
        limits: { cpu: 1, memory: "1Gi" },
        requests: { cpu: "1000m", memory: "1024Mi" },
      },
    },
    LIMITS,
  ],
  [
    "limits above a request",
    { resources: { limits: { cpu: 1, memory: "1Gi" }, requests: { memory: "1Mi" } } },
    undefined,
  ],
  ["a limit of memory alone", { resources: { limits: { memory: "1Gi" } } }, undefined],
  ["a limit of CPU alone", { resources: { limits: { cpu: 1 } } }, undefined],
  ["requests alone", { resources: { requests: { cpu: 1, memory: "1Gi" } } }, undefined],
  ["nothing", undefined, undefined],
];

for (const [what, domain, path] of DOMAINS) {
  Deno.test(`a pod with ${what} is ${path === undefined ? "not " : ""}Guaranteed`, () => {
    assert.equal(guaranteedBy(vmi(domain))?.join("."), path);
  });
}
