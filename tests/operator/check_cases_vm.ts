import {
  ANNOTATION,
  type Case,
  dedicated,
  metadata,
  otherWebhook,
  resources,
  spec,
  TEMPLATE,
  VOLUMES,
  webhook,
} from "./check_case.ts";
import { all, args, containerPath } from "./edit.ts";

/** The share, what KubeVirt refuses, and the running VM. */
export const VM_CASES: readonly Case[] = [
  {
    code: "metadata-name",
    fires: ({ vm }) => vm.metadata.name = 1234,
    at: "metadata.name",
    silent: ({ vm }) => vm.metadata.name = "1234",
  },
  {
    code: "virtiofs-filesystem-missing",
    fires: spec((s) => s.domain.devices.filesystems = []),
    at: `${TEMPLATE}.spec.domain.devices`,
    silent: all(spec((s) => s.domain.devices.filesystems = []), containerPath()),
  },
  {
    code: "webhook-missing",
    fires: otherWebhook,
    at: `${TEMPLATE}.spec.domain.devices`,
    silent: all(otherWebhook, webhook("elsewhere")),
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
    code: "container-path-writable",
    fires: containerPath("token", { path: "/srv", readOnly: false }),
    at: `${VOLUMES}[3].containerPath.readOnly`,
    silent: containerPath("token", { path: "/srv" }),
  },
  {
    code: "container-path-unmounted",
    fires: containerPath("token", { path: "/opt/nowhere" }),
    at: `${VOLUMES}[3].containerPath.path`,
    silent: containerPath("token", {
      path: "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
    }),
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
    code: "guest-doubtful",
    fires: spec((s) =>
      s.volumes[0] = { name: "r", persistentVolumeClaim: { claimName: "disk-windows" } }
    ),
    at: `${TEMPLATE}.metadata`,
    silent: spec((s) => s.volumes[0] = { name: "r", dataVolume: { name: "darwin-winery" } }),
  },
  {
    code: "guaranteed-with-webhook",
    fires: all(dedicated, containerPath(), webhook()),
    at: `${TEMPLATE}.spec.domain.cpu.dedicatedCpuPlacement`,
    silent: all(dedicated, containerPath(), webhook("team")),
  },
  {
    code: "sidecar-memory",
    fires: resources("32Mi"),
    at: "spec.configuration.supportContainerResources[1].resources.limits.memory",
    silent: resources("64M"),
  },
  {
    code: "mount-path-readable",
    fires: args("--token-readers", "group:app", "--mount-path", "/srv/token"),
    at: ANNOTATION,
    silent: args("--token-readers", "root", "--mount-path", "/root/token"),
  },
  {
    code: "text-expected",
    fires: metadata("labels", "environment", false),
    at: `${TEMPLATE}.metadata.labels.environment`,
    silent: metadata("labels", "environment", "no"),
  },
  {
    code: "repeated-key",
    fires: all(metadata("labels", "os", "linux"), metadata("labels", "again:os", "other")),
    at: `${TEMPLATE}.metadata.labels.os`,
    silent: all(metadata("labels", "os", "linux"), metadata("annotations", "os", "linux")),
  },
];
