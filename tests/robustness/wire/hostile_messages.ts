import * as grpc from "@grpc/grpc-js";
import { concat } from "../../support/http2_frames.ts";
import { VirtLauncher } from "../../support/virt_launcher.ts";
import {
  answersGoodCalls,
  bytesField,
  CLOUD_INIT_DATA,
  DOMAIN,
  hookPath,
  rawCall,
} from "../calls.ts";
import { CANARY_USER_DATA } from "../canaries.ts";
import { ensure, type Report } from "../item.ts";
import { DEFINE, goodRequest } from "./garbage.ts";

/** Calls that are valid HTTP/2: to wrong services, with messages that are not valid, too long or too many. */
export async function hostileMessages(report: Report, socket: string): Promise<void> {
  // Deno 2.9.4 to 2.9.6 abort here (denoland/deno issue 36788), after 4 to 411 connections.
  await report.check(
    "found: 1,000 refused calls and 500 good ones, each on a connection of its own",
    () => oneConnectionEach(socket),
  );
  await report.check("wrong services and methods are UNIMPLEMENTED", () => wrongServices(socket));
  await report.check(
    "messages that are no protobuf are INVALID_ARGUMENT",
    () => noProtobuf(socket),
  );
  await report.check("unknown fields change nothing", () => unknownFields(socket));
  await report.check("17 MiB are RESOURCE_EXHAUSTED, and 8 MiB of VMI are read", async () => {
    const tooLarge = await rawCall(
      socket,
      DEFINE,
      bytesField(1, new Uint8Array(17 * 1024 * 1024)),
    );
    ensure(
      tooLarge.code === grpc.status.RESOURCE_EXHAUSTED,
      `17 MiB got ${grpc.status[tooLarge.code]}: ${tooLarge.details.slice(0, 200)}`,
    );
    const vmi = JSON.stringify({ a: "x".repeat(8 * 1024 * 1024) });
    const large = await rawCall(
      socket,
      DEFINE,
      concat(bytesField(1, DOMAIN), bytesField(2, vmi)),
    );
    ensure(
      large.code === grpc.status.OK,
      `8 MiB got ${grpc.status[large.code]}: ${large.details}`,
    );
    await answersGoodCalls(socket);
    return 2;
  });
  await report.check("what would be more than 4 MiB is refused in words", async () => {
    const data = JSON.stringify({
      ...CLOUD_INIT_DATA,
      UserData: `#cloud-config\n# ${CANARY_USER_DATA}${"x".repeat(4_000_000)}`,
    });
    const outcome = await rawCall(socket, hookPath("PreCloudInitIso"), bytesField(3, data));
    ensure(outcome.code === grpc.status.INVALID_ARGUMENT, `It got ${grpc.status[outcome.code]}.`);
    ensure(/make the user data of the VM smaller/.test(outcome.details), outcome.details);
    await answersGoodCalls(socket);
  });
  await report.check(
    "every refusal of a hostile document is a status that arrives",
    () => hostileDocuments(socket),
  );
}

async function oneConnectionEach(socket: string): Promise<number> {
  const launcher = new VirtLauncher(socket);
  for (let number = 0; number < 1500; number++) {
    if (number % 3 === 0) {
      await launcher.info();
      continue;
    }
    const { code, details } = await rawCall(socket, DEFINE, bytesField(1, "<domain>"));
    ensure(
      code === grpc.status.INVALID_ARGUMENT,
      `After ${number} connections: ${grpc.status[code]} ${details}`,
    );
  }
  return 1500;
}

async function wrongServices(socket: string): Promise<number> {
  const paths = [
    "/",
    "//",
    "/kubevirt.hooks.v1alpha3.Callbacks",
    "/kubevirt.hooks.v1alpha3.Callbacks/",
    "/kubevirt.hooks.v1alpha3.Callbacks/onDefineDomain",
    "/kubevirt.hooks.v1alpha9.Callbacks/OnDefineDomain",
    "/kubevirt.hooks.v1alpha1.Callbacks/Shutdown",
    "/kubevirt.hooks.info.Info/__proto__",
    "/__proto__/constructor",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    `/${"x".repeat(4000)}/y`,
  ];
  for (const path of paths) {
    const { code, details } = await rawCall(socket, path, new Uint8Array());
    ensure(
      code === grpc.status.UNIMPLEMENTED,
      `${path.slice(0, 80)} got ${grpc.status[code]}: ${details}`,
    );
  }
  await answersGoodCalls(socket);
  return paths.length;
}

async function noProtobuf(socket: string): Promise<number> {
  const requests = [
    Uint8Array.of(0xff),
    Uint8Array.of(0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f),
    Uint8Array.of(0x0a, 0x7f, 0x01),
    new Uint8Array(100).fill(0xff),
    goodRequest.subarray(0, goodRequest.length - 1),
    Uint8Array.of(0x0b),
    Uint8Array.of(0x07),
    Uint8Array.of(0x00, 0x00),
  ];
  for (const method of ["OnDefineDomain", "PreCloudInitIso"] as const) {
    for (const request of requests) {
      const { code, details } = await rawCall(socket, hookPath(method), request);
      ensure(
        code === grpc.status.INVALID_ARGUMENT,
        `${method} of [${request.subarray(0, 8)}] got ${grpc.status[code]}: ${details}`,
      );
    }
  }
  await answersGoodCalls(socket);
  return requests.length * 2;
}

async function unknownFields(socket: string): Promise<number> {
  const unknown = concat(
    bytesField(9, "unknown"),
    Uint8Array.of(15 * 8, 1), // a varint
    Uint8Array.of(14 * 8 + 1, 1, 2, 3, 4, 5, 6, 7, 8), // 64 bits
    Uint8Array.of(13 * 8 + 5, 1, 2, 3, 4), // 32 bits
    Uint8Array.of(12 * 8 + 3, 12 * 8 + 4), // a group
    bytesField(20_000, new Uint8Array(1000)),
  );
  for (const request of [concat(unknown, goodRequest), concat(goodRequest, unknown)]) {
    const { code, details } = await rawCall(socket, DEFINE, request);
    ensure(code === grpc.status.OK, `It got ${grpc.status[code]}: ${details}`);
  }
  return 2;
}

async function hostileDocuments(socket: string): Promise<number> {
  const documents = [
    `<${"a".repeat(100_000)}/>`,
    `<${"a".repeat(2 * 1024 * 1024)}/>`,
    `<domain><${"é".repeat(1000)}></domain>`,
    `<domain>&${"b".repeat(1024 * 1024)};<devices/></domain>`,
    `<domain ${"c".repeat(1024 * 1024)}="1" ${"c".repeat(1024 * 1024)}="2"><devices/></domain>`,
    "<domain>" + "<a>".repeat(100_000),
    `<domain><!-- ${CANARY_USER_DATA} --><devices><a></devices></domain>`,
    `<domain>${CANARY_USER_DATA}<devices>\0</devices></domain>`,
  ];
  for (const document of documents) {
    const { code, details } = await rawCall(socket, DEFINE, bytesField(1, document));
    ensure(
      code === grpc.status.INVALID_ARGUMENT && details.length < 1000,
      `${document.slice(0, 40)}… (${document.length} characters) got ${grpc.status[code]} ` +
        `with ${details.length} characters: ${details.slice(0, 100)}`,
    );
    await answersGoodCalls(socket);
  }
  return documents.length;
}
