import { Buffer } from "node:buffer";
import {
  type Case,
  dedicated,
  kubevirt,
  noCloudInit,
  resources,
  spec,
  TEMPLATE,
  VOLUMES,
  windows,
} from "./check_case.ts";
import { all, args, containerPath, userData } from "./edit.ts";

/** The share, the user data and the running VM. */
export const VM_CASES: readonly Case[] = [
  {
    code: "virtiofs-filesystem-missing",
    fires: spec((s) => s.domain.devices.filesystems = []),
    at: `${TEMPLATE}.spec.domain.devices`,
    silent: all(spec((s) => s.domain.devices.filesystems = []), containerPath()),
  },
  {
    code: "filesystem-without-volume",
    fires: spec((s) => s.domain.devices.filesystems.push({ name: "lost", virtiofs: {} })),
    at: `${TEMPLATE}.spec.domain.devices.filesystems[1].name`,
    silent: containerPath(),
  },
  {
    code: "mount-tag-taken",
    fires: all(containerPath("aws-iam-token", { path: "/etc/other", readOnly: true })),
    at: `${TEMPLATE}.spec.domain.devices.filesystems[1]`,
    silent: all(
      containerPath("aws-iam-token", { path: "/etc/other", readOnly: true }),
      args("--mount-tag", "web-identity"),
    ),
  },
  {
    code: "mount-path-taken",
    fires: userData('#cloud-config\nmounts:\n- [data, "/aws-iam-token", virtiofs]\n'),
    at: `${VOLUMES}[2].cloudInitNoCloud`,
    silent: userData(
      "#cloud-config\nmounts:\n- [data, /mnt/aws-iam-token]\n- [d, /aws-iam-token-2]\n",
    ),
  },
  {
    code: "container-path-writable",
    fires: containerPath("token", { path: "/var/run/secrets/eks.amazonaws.com/serviceaccount" }),
    at: `${VOLUMES}[3].containerPath`,
    silent: containerPath(),
  },
  {
    code: "container-path-unshared",
    fires: all(containerPath(), spec((s) => s.domain.devices.filesystems.pop())),
    at: `${VOLUMES}[3]`,
    silent: containerPath(),
  },
  {
    code: "container-path-elsewhere",
    fires: containerPath("token", {
      path: "/var/run/secrets/kubernetes.io/serviceaccount",
      readOnly: true,
    }),
    at: `${VOLUMES}[3].containerPath.path`,
    silent: containerPath("token", {
      path: "/var/run/secrets/eks.amazonaws.com/serviceaccount/",
      readOnly: true,
    }),
  },
  {
    code: "container-path-name",
    fires: containerPath("aws-iam-token"),
    at: `${VOLUMES}[3].name`,
    silent: containerPath("web-identity"),
  },
  {
    code: "container-path-and-webhook",
    fires: all(containerPath(), args("--mount-tag=x")),
    at: `${TEMPLATE}.metadata.annotations`,
    silent: args("--mount-tag=x"),
  },
  {
    code: "cloud-init-missing",
    fires: noCloudInit,
    at: VOLUMES,
    silent: all(noCloudInit, args("--hooks", "onDefineDomain")),
  },
  {
    code: "cloud-init-empty",
    fires: spec((s) =>
      s.volumes[2] = { name: "ci", cloudInitNoCloud: { userDataBase64: "not base64" } }
    ),
    at: `${VOLUMES}[2].cloudInitNoCloud`,
    silent: spec((s) =>
      s.volumes[2] = { name: "ci", cloudInitNoCloud: { secretRef: { name: "s" } } }
    ),
  },
  {
    code: "cloud-init-repeated",
    fires: spec((s) => s.volumes.push({ name: "two", cloudInitConfigDrive: { userData: "#!" } })),
    at: `${VOLUMES}[2]`,
    silent: userData("#!/bin/sh\n"),
  },
  {
    code: "user-data-untouched",
    fires: userData("hostname: no-header\n"),
    at: `${VOLUMES}[2].cloudInitNoCloud.userData`,
    silent: userData("#!/bin/sh\n"),
  },
  {
    code: "hook-fails",
    fires: all(windows, args("--token-readers", "root")),
    at: `${VOLUMES}[2].cloudInitNoCloud.userData`,
    silent: args("--token-readers", "root"),
  },
  {
    code: "user-data-too-long",
    fires: userData(`#cloud-config\n${"#".repeat(2035)}`),
    at: `${VOLUMES}[2].cloudInitNoCloud.userData`,
    silent: spec((s) =>
      s.volumes[2] = {
        name: "ci",
        cloudInitNoCloud: {
          userDataBase64: Buffer.from(`#cloud-config\n${"#".repeat(2034)}`).toString("base64"),
        },
      }
    ),
  },
  {
    code: "static-credentials",
    fires: userData("#!/bin/sh\necho aws_access_key_id=AKIA >~/.aws/credentials\n"),
    at: `${VOLUMES}[2].cloudInitNoCloud.userData`,
    silent: userData("#!/bin/sh\necho $AWS_ROLE_ARN\n"),
  },
  {
    code: "guest-doubtful",
    fires: spec((s) =>
      s.volumes[0] = { name: "r", persistentVolumeClaim: { claimName: "disk-windows" } }
    ),
    at: `${TEMPLATE}.metadata`,
    silent: spec((s) => s.volumes[0] = { name: "r", dataVolume: { name: "darwin-winery" } }),
  },
  {
    code: "live-migration",
    fires: spec((s) => s.evictionStrategy = "LiveMigrateIfPossible"),
    at: `${TEMPLATE}.spec.evictionStrategy`,
    silent: all(
      kubevirt((kv) => kv.spec.configuration.evictionStrategy = "LiveMigrate"),
      spec((s) => s.evictionStrategy = "None"),
    ),
  },
  {
    code: "guaranteed-with-webhook",
    fires: dedicated,
    at: `${TEMPLATE}.spec.domain.cpu.dedicatedCpuPlacement`,
    silent: all(dedicated, containerPath()),
  },
  {
    code: "sidecar-memory",
    fires: resources("32Mi"),
    at: "spec.configuration.supportContainerResources[1].resources.limits.memory",
    silent: resources("64M"),
  },
];
