import { concat } from "../support/http2_frames.ts";
import { type Outcome, rawCall as anyCall } from "../support/raw_call.ts";
import { type Sidecar, type SidecarOptions, startSidecar } from "../support/sidecar.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";
import { CANARY_ENVIRONMENT, CANARY_USER_DATA, recordOutput } from "./canaries.ts";
import { ensure, within } from "./item.ts";

/** A small domain with a canary in a comment. */
export const DOMAIN =
  `<domain>\n  <devices>\n    <disk/>\n  </devices>\n  <!-- ${CANARY_USER_DATA} -->\n</domain>`;

export const VMI = {
  metadata: { name: "vm", namespace: "default" },
  spec: {
    volumes: [{
      name: "cloudinitdisk",
      cloudInitNoCloud: { userDataBase64: btoa(CANARY_USER_DATA) },
    }],
  },
};

export const CLOUD_INIT_DATA = {
  DataSource: "noCloud",
  NoCloudMetaData: { "instance-id": "vm.default" },
  ConfigDriveMetaData: null,
  UserData: CANARY_USER_DATA,
  NetworkData: "",
  DevicesData: null,
  VolumeName: "cloudinitdisk",
};

/** Starts a sidecar with canaries in its environment. When it ends, its log is searched for them. */
export async function startWithCanaries(options: SidecarOptions = {}): Promise<Sidecar> {
  const sidecar = await startSidecar({
    ...options,
    args: ["--log-level", "debug", ...options.args ?? []],
    env: options.env ?? CANARY_ENVIRONMENT,
  });
  void sidecar.status.then(() => recordOutput("the log", sidecar.stderr));
  return sidecar;
}

/** Fails unless the sidecar answers a valid call of each kind, each within a second. */
export async function answersGoodCalls(socket: string): Promise<void> {
  const launcher = new VirtLauncher(socket);
  const info = await within(1000, launcher.info(), "Info was not answered within 1 s.");
  ensure(info.name === "eks-irsa", "Info has the name of another sidecar.");
  const domain = await within(
    1000,
    launcher.onDefineDomain({ vmi: VMI, domainXml: DOMAIN }),
    "OnDefineDomain was not answered within 1 s.",
  );
  ensure(domain.includes('<driver type="virtiofs"'), "The domain has no virtiofs device.");
  const data = await within(
    1000,
    launcher.preCloudInitIso({ vmi: VMI, cloudInitData: CLOUD_INIT_DATA }),
    "PreCloudInitIso was not answered within 1 s.",
  );
  ensure(data.UserData.startsWith("MIME-Version: 1.0\n"), "The user data has no part of ours.");
}

/** Makes one call with any bytes to any path. The status is searched for canaries, and returned. */
export async function rawCall(
  socket: string,
  path: string,
  request: Uint8Array,
  deadline?: number,
): Promise<Outcome> {
  const outcome = await anyCall(socket, path, request, deadline);
  recordOutput("a status message", outcome.details);
  return outcome;
}

/** The path of a method of the newest hook version. */
export function hookPath(method: "OnDefineDomain" | "PreCloudInitIso" | "Shutdown"): string {
  return `/kubevirt.hooks.v1alpha3.Callbacks/${method}`;
}

/** Encodes a field of the type `bytes`, without a protobuf library. */
export function bytesField(number: number, content: string | Uint8Array): Uint8Array {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 127; rest = Math.floor(rest / 128)) length.push(rest % 128 + 128);
  return concat(Uint8Array.from([...varint(number * 8 + 2), ...length, rest]), bytes);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [value % 128 + 128, ...varint(Math.floor(value / 128))];
}
