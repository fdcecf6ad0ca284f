import { Buffer } from "node:buffer";
import { ANNOTATION, type Case, noCloudInit, spec, VOLUMES, windows } from "./check_case.ts";
import { all, args, beside, cloudInit, userData } from "./edit.ts";

const VOLUME = `${VOLUMES}[2].cloudInitNoCloud`;
const base64 = (text: string) => Buffer.from(text).toString("base64");
const secret = (data: unknown) =>
  all(
    cloudInit({ secretRef: { name: "s" } }),
    beside({ kind: "Secret", metadata: { name: "s", namespace: "team" }, stringData: data }),
  );

/** The cloud-init volume and the user data. */
export const USER_DATA_CASES: readonly Case[] = [
  {
    code: "cloud-init-missing",
    fires: noCloudInit,
    at: VOLUMES,
    silent: all(noCloudInit, args("--hooks", "onDefineDomain")),
  },
  {
    code: "cloud-init-empty",
    fires: cloudInit({ userData: "", networkData: "" }),
    at: VOLUME,
    silent: cloudInit({ networkDataSecretRef: { name: "s" } }),
  },
  {
    code: "cloud-init-repeated",
    fires: spec((s) => s.volumes.push({ name: "two", cloudInitConfigDrive: { userData: "#!" } })),
    at: `${VOLUMES}[2]`,
    silent: userData("#!/bin/sh\n"),
  },
  {
    code: "user-data-twice",
    fires: cloudInit({ userData: "#cloud-config", userDataBase64: base64("#cloud-config") }),
    at: VOLUME,
    silent: cloudInit({ userData: "#cloud-config", networkDataBase64: base64("version: 2") }),
  },
  {
    code: "user-data-base64",
    fires: cloudInit({ userData: "#cloud-config", networkDataBase64: "version: 2" }),
    at: `${VOLUME}.networkDataBase64`,
    silent: cloudInit({ userDataBase64: "I2Nsb3Vk\nLWNvbmZpZw==\n" }),
  },
  {
    code: "user-data-too-long",
    fires: userData(`#cloud-config\n${"#".repeat(2035)}`),
    at: `${VOLUME}.userData`,
    silent: cloudInit({
      userDataBase64: base64(`#cloud-config\n${"#".repeat(2034)}`),
      networkData: "#".repeat(2048),
    }),
  },
  {
    code: "secret-without-user-data",
    fires: secret({ "user-data": "#cloud-config" }),
    at: "data",
    silent: secret({ userData: "#cloud-config" }),
  },
  {
    code: "user-data-untouched",
    fires: userData("hostname: no-header\n"),
    at: `${VOLUME}.userData`,
    silent: userData("#!/bin/sh\n"),
  },
  {
    code: "hook-fails",
    fires: all(windows, args("--token-readers", "root")),
    at: ANNOTATION,
    silent: args("--token-readers", "root"),
  },
  {
    code: "cloud-config-malformed",
    fires: userData("#cloud-config\nruncmd:\n- a: b: c\n"),
    at: `${VOLUME}.userData`,
    silent: userData("## template: jinja\n#cloud-config\n{% if v1 %}\na: [\n{% endif %}\n"),
  },
  {
    code: "static-credentials",
    fires: userData("#!/bin/sh\necho aws_access_key_id=AKIA >~/.aws/credentials\n"),
    at: `${VOLUME}.userData`,
    silent: userData("#!/bin/sh\necho $AWS_ROLE_ARN\n"),
  },
  {
    code: "mount-path-taken",
    fires: userData('#cloud-config\nmounts:\n- [data, "/aws-iam-token", virtiofs]\n'),
    at: `${VOLUME}.userData`,
    silent: userData(
      "#!/bin/sh\nmount data /mnt/aws-iam-token /aws-iam-token-2\ncat /run/aws-iam-token/token\n",
    ),
  },
  {
    code: "mount-tag-mounted",
    fires: userData("#!/bin/sh\nmount -t virtiofs aws-iam-token /srv\n"),
    at: `${VOLUME}.userData`,
    silent: userData("#!/bin/sh\nmount -t virtiofs aws-iam-token-2 /srv\necho aws-iam-token\n"),
  },
  {
    code: "environment-replaced",
    fires: userData("#cloud-config\nwrite_files:\n- path: /etc/environment\n  content: A=1\n"),
    at: `${VOLUME}.userData`,
    silent: userData(
      "#cloud-config\nwrite_files:\n- path: /etc/environment\n  content: A=1\n  append: true\n",
    ),
  },
];
