import { linuxGuest } from "../../src/guest/linux/guest.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";
import {
  bytesField,
  CLOUD_INIT_DATA,
  DOMAIN,
  hookPath,
  rawCall,
  startWithCanaries,
  VMI,
} from "./calls.ts";
import {
  CANARIES,
  CANARY_ENVIRONMENT,
  CANARY_USER_DATA,
  canaryResult,
  containsCanary,
} from "./canaries.ts";
import { ensure, type Item } from "./item.ts";

/** Requests with a mistake next to a canary: an error that quotes the text around the mistake would contain it. */
const WRONG_BESIDE_CANARIES:
  readonly (readonly ["OnDefineDomain" | "PreCloudInitIso", Uint8Array])[] = [
    ...[
      `{"UserData": "${CANARIES.userData}`,
      `{"UserData": "${CANARIES.userData}" ${CANARIES.userData}}`,
      `"${CANARIES.userData}"`,
      `${CANARIES.userData}`,
      `["${CANARIES.userData}"]`,
      `{"UserData": "\u001f\uFFFD${CANARIES.userData}"}`,
      `{"UserData": "${CANARIES.userData}"}`,
      JSON.stringify({ UserData: `{"ignition": "${CANARIES.userData}\uFFFD"}` }),
      JSON.stringify({ UserData: CANARY_USER_DATA.repeat(150_000) }),
    ].flatMap((text) => [
      ["PreCloudInitIso", bytesField(3, text)] as const,
      ["PreCloudInitIso", bytesField(1, text)] as const,
      ["PreCloudInitIso", bytesField(2, text)] as const,
      ["OnDefineDomain", bytesField(2, text)] as const,
    ]),
    ...[
      `<domain>${CANARIES.userData}`,
      `<domain a="${CANARIES.userData}`,
      `<domain><devices>${CANARIES.userData}</domain>`,
      `<domain><devices>${CANARIES.userData}\0</devices></domain>`,
      `<domain a="${CANARIES.userData}" a="${CANARIES.userData}"/>`,
      `<!-- ${CANARIES.userData}`,
      `${CANARIES.userData}`,
    ].map((text) => ["OnDefineDomain", bytesField(1, text)] as const),
  ];

export const secrets: Item = {
  name: "6 secrets",
  async run(report) {
    await report.check("a canary is found in a line, and in base64 at every offset", () => {
      for (const canary of Object.values(CANARIES)) {
        for (const before of ["", "x", "xy", "xyz"]) {
          ensure(containsCanary(`a line with ${canary} in it`), "A canary was not found.");
          ensure(containsCanary(btoa(`${before}${canary}yz`)), "A canary in base64 was not found.");
        }
      }
      return Object.keys(CANARIES).length * 4;
    });
    for (const format of ["json", "text"]) {
      await report.check(
        `requests that are wrong beside a canary, logged as ${format}`,
        async () => {
          await using sidecar = await startWithCanaries({ args: ["--log-format", format] });
          for (const [method, request] of WRONG_BESIDE_CANARIES) {
            await rawCall(sidecar.socket, hookPath(method), request);
          }
          const launcher = new VirtLauncher(sidecar.socket);
          await launcher.onDefineDomain({ vmi: VMI, domainXml: DOMAIN });
          await launcher.preCloudInitIso({ vmi: VMI, cloudInitData: CLOUD_INIT_DATA });
          return WRONG_BESIDE_CANARIES.length + 2;
        },
      );
    }
    await report.check(
      "a variable that is left out is logged by its name, without its value",
      async () => {
        const environment = {
          ...CANARY_ENVIRONMENT,
          AWS_SECRET_ACCESS_KEY: `${CANARIES.secretKey}#`,
          AWS_SESSION_TOKEN: `${CANARIES.sessionToken}\n`,
        };
        await using sidecar = await startWithCanaries({ env: environment });
        await new VirtLauncher(sidecar.socket).preCloudInitIso({
          vmi: VMI,
          cloudInitData: CLOUD_INIT_DATA,
        });
        await sidecar.stop();
        ensure(
          sidecar.stderr.includes("AWS_SECRET_ACCESS_KEY"),
          "The log does not name what is left out.",
        );
        ensure(linuxGuest.variableProblem("AWS_X", "a#") !== undefined, "Nothing was left out.");
      },
    );
    await report.check("no canary in any output of this run", () => {
      const { messages, characters, leaks } = canaryResult();
      console.log(`          ${messages} messages, ${characters} characters were searched`);
      ensure(leaks.length === 0, () => leaks.slice(0, 10).join("\n"));
      return messages;
    });
  },
};
