import assert from "node:assert/strict";
import type { HookContext } from "../../../../src/hooks/decision.ts";
import { sidecarInfo } from "../../../../src/hooks/info.ts";
import { captureIdentity } from "../../../../src/identity/identity.ts";
import type { LogFields, Logger } from "../../../../src/log/logger.ts";
import { hookServer, type ServiceOptions } from "../../../../src/sidecar/grpc/services.ts";
import { LINUX, noCloudData } from "../../../support/kubevirt.ts";
import { rawCall } from "../../../support/raw_call.ts";
import { IRSA_ENVIRONMENT } from "../../../support/sidecar.ts";
import { type HookVersion, VirtLauncher } from "../../../support/virt_launcher.ts";
import { NO_FLAGS } from "../../../support/vm_options.ts";
import { Listening } from "../listening.ts";

const OK = 0;
const INVALID_ARGUMENT = 3;
const UNIMPLEMENTED = 12;
const INTERNAL = 13;

/** How long a call may take. It takes a hundredth of that. */
const DEADLINE_MS = 5_000;

const VERSIONS = ["v1alpha3", "v1alpha2", "v1alpha1"] as const;
const CONTEXT: HookContext = { ...NO_FLAGS, identity: captureIdentity(IRSA_ENVIRONMENT) };
const INFO = sidecarInfo({ versions: VERSIONS, hooks: undefined, delivery: "auto" }, true);

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** The services of this process, and a virt-launcher for each version. */
class Served implements AsyncDisposable {
  readonly #listening: Listening;
  readonly lines: Line[] = [];
  shutdowns = 0;

  constructor(options: Partial<ServiceOptions> = {}) {
    const logger: Logger = {
      of: () => logger,
      log: (level, message, fields = {}) => this.lines.push({ level, message, fields }),
    };
    this.#listening = new Listening(hookServer({
      info: INFO,
      context: CONTEXT,
      logger,
      onShutdown: () => this.shutdowns++,
      ...options,
    }));
  }

  get socket(): string {
    return this.#listening.socket;
  }

  launcher(version: HookVersion = "v1alpha3"): VirtLauncher {
    return new VirtLauncher(this.socket, version, DEADLINE_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#listening[Symbol.asyncDispose]();
  }
}

Deno.test("Info is the one that was decided on", async () => {
  await using served = new Served();
  assert.deepEqual(JSON.parse(JSON.stringify(await served.launcher().info())), INFO);
});

const METHODS = {
  v1alpha1: ["OnDefineDomain"],
  v1alpha2: ["OnDefineDomain", "PreCloudInitIso"],
  v1alpha3: ["OnDefineDomain", "PreCloudInitIso", "Shutdown"],
};

for (const version of VERSIONS) {
  Deno.test(`${version} has the methods of KubeVirt's definition`, async () => {
    await using served = new Served();
    for (const method of METHODS.v1alpha3) {
      const path = `/kubevirt.hooks.${version}.Callbacks/${method}`;
      const { code } = await rawCall(served.socket, path, new Uint8Array());
      assert.equal(code === UNIMPLEMENTED, !METHODS[version].includes(method), path);
    }
  });
}

Deno.test("a version that Info does not name is not served", async () => {
  await using served = new Served({ info: { ...INFO, versions: ["v1alpha2"] } });
  await served.launcher("v1alpha2").onDefineDomain(LINUX);
  for (const version of ["v1alpha1", "v1alpha3"] as const) {
    const call = served.launcher(version).onDefineDomain(LINUX);
    await assert.rejects(call, { code: UNIMPLEMENTED });
  }
});

Deno.test("both hooks answer, and what they have noted is logged with their name", async () => {
  await using served = new Served();
  const domain = await served.launcher().onDefineDomain(LINUX);
  assert.match(domain, /<target dir="aws-iam-token"\/>/);
  const { UserData } = await served.launcher().preCloudInitIso(LINUX);
  assert.notEqual(UserData, LINUX.cloudInitData.UserData);
  const of = (hook: string) => served.lines.filter(({ fields }) => fields.hook === hook);
  assert(of("OnDefineDomain").some(({ fields }) => fields.tag === "aws-iam-token"));
  assert(of("PreCloudInitIso").some(({ fields }) => fields.guestOS === "linux"));
  assert(served.lines.every(({ level, fields }) => level === "info" && fields.hook !== undefined));
});

Deno.test("a call that has nothing to note logs nothing", async () => {
  await using served = new Served({ context: { ...CONTEXT, identity: undefined } });
  await served.launcher().info();
  assert.equal(await served.launcher().onDefineDomain(LINUX), LINUX.domainXml);
  await served.launcher().shutdown();
  assert.deepEqual(served.lines, []);
});

Deno.test("Shutdown is reported once for each call, and no other call is reported", async () => {
  await using served = new Served();
  await served.launcher().onDefineDomain(LINUX);
  assert.equal(served.shutdowns, 0);
  await served.launcher().shutdown();
  assert.equal(served.shutdowns, 1);
});

Deno.test("a request that is no message of the hook protocol is the caller's mistake, and is logged", async () => {
  await using served = new Served();
  const path = "/kubevirt.hooks.v1alpha3.Callbacks/OnDefineDomain";
  const { code, details } = await rawCall(served.socket, path, Uint8Array.of(0xff));
  assert.equal(code, INVALID_ARGUMENT);
  assert.match(details, /protobuf/);
  assert.deepEqual(served.lines, [
    { level: "error", message: details, fields: { hook: "OnDefineDomain" } },
  ]);
});

/** Options of the VM whose reading fails: a bug of the sidecar, in the middle of a hook. */
function failing(error: unknown): HookContext {
  return {
    ...CONTEXT,
    get webhookShare(): never {
      throw error;
    },
  };
}

Deno.test("a bug in a hook is reported by the kind and the place of the error, never by its text", async () => {
  await using served = new Served({ context: failing(new TypeError("canary")) });
  const call = served.launcher().onDefineDomain(LINUX);
  await assert.rejects(call, (error: { code: number; details: string }) => {
    assert.equal(error.code, INTERNAL);
    assert.match(error.details, /\(TypeError\b.*\): this is a bug in the sidecar/);
    return true;
  });
  assert.match(served.lines[0]?.message ?? "", /TypeError/);
  assert.doesNotMatch(JSON.stringify(served.lines), /canary/);
});

Deno.test("a bug has its place in the source, if the error has one", async () => {
  const error = new RangeError("canary");
  error.stack = "RangeError: canary\n    at patch (file:///app/src/domain/patch.ts:12:34)\n";
  await using served = new Served({ context: failing(error) });
  await assert.rejects(served.launcher().onDefineDomain(LINUX), {
    details: /\(RangeError at src\/domain\/patch\.ts:12\)/,
  });
  delete error.stack;
  await assert.rejects(served.launcher().onDefineDomain(LINUX), { details: /\(RangeError\)/ });
});

Deno.test("what is thrown and is no error is reported by its type", async () => {
  await using served = new Served({ context: failing("canary") });
  await assert.rejects(served.launcher().onDefineDomain(LINUX), { details: /\(string\)/ });
});

Deno.test("a result that virt-launcher would not accept is refused, with what to do", async () => {
  await using served = new Served();
  const cloudInitData = noCloudData(`#cloud-config\n# ${"x".repeat(3 << 20)}\n`);
  await assert.rejects(served.launcher().preCloudInitIso({ vmi: {}, cloudInitData }), {
    code: INVALID_ARGUMENT,
    details: /PreCloudInitIso has \d+ bytes.* at most 4194304: make the user data .* smaller/,
  });
});

Deno.test("a result of exactly as many bytes as virt-launcher accepts is sent", async () => {
  await using served = new Served({ context: { ...CONTEXT, identity: undefined } });
  // The tag of the field, and its length in four bytes.
  const domainXML = new Uint8Array((4 << 20) - 5);
  const result = await served.launcher().callback("OnDefineDomain", { domainXML });
  assert.deepEqual(new Uint8Array(Object(result.domainXML)), domainXML);
  const tooLarge = { domainXML: new Uint8Array(domainXML.length + 1) };
  await assert.rejects(served.launcher().callback("OnDefineDomain", tooLarge), {
    code: INVALID_ARGUMENT,
    details: /has 4194305 bytes/,
  });
});

/** How often all garbage is collected during a call whose VMI has so many bytes. */
async function collections(vmiBytes: number): Promise<number> {
  let collected = 0;
  await using served = new Served();
  const vmi = { ...LINUX.vmi, status: "x".repeat(vmiBytes) };
  Object.assign(globalThis, { gc: () => collected++ });
  try {
    await served.launcher().onDefineDomain({ ...LINUX, vmi });
  } finally {
    Reflect.deleteProperty(globalThis, "gc");
  }
  return collected;
}

Deno.test("garbage is collected after each step of a large request, and not for a usual one", async () => {
  assert.equal(await collections(20_000), 0);
  assert.equal(await collections(300_000), 3);
});

Deno.test("Info is answered for a request with any fields", async () => {
  await using served = new Served();
  const request = Uint8Array.of(1 << 3, 5);
  const { code } = await rawCall(served.socket, "/kubevirt.hooks.info.Info/Info", request);
  assert.equal(code, OK);
});
