import type { Manifest } from "../../src/operator/manifest/manifest.ts";
import { parseManifests } from "../../src/operator/manifest/parse.ts";

interface Metadata {
  name?: unknown;
  namespace?: string;
  annotations: Record<string, unknown>;
  labels?: Record<string, unknown>;
}

/** The fields of a VMI's spec that tests change. */
export interface VmiSpec {
  architecture?: string;
  domain: {
    cpu?: unknown;
    resources?: unknown;
    launchSecurity?: unknown;
    devices: {
      disks: unknown[];
      filesystems: unknown[];
      interfaces?: unknown[];
      hostDevices?: unknown[];
    };
  };
  networks?: unknown[];
  volumes: unknown[];
  serviceAccountName?: string;
  evictionStrategy?: string;
}

/** Manifests of a virtual machine without mistakes. A manifest with an empty kind is left out. */
export interface Fixture {
  readonly vm: {
    apiVersion: string;
    kind: string;
    metadata: Metadata;
    spec: {
      instancetype?: unknown;
      preference?: unknown;
      template: { metadata: Metadata; spec: VmiSpec };
    };
  };
  readonly serviceAccount: { kind: string; metadata: Metadata };
  readonly kubevirt: {
    kind: string;
    spec: {
      configuration: {
        developerConfiguration: { featureGates: string[] };
        evictionStrategy?: string;
        supportContainerResources?: unknown;
      };
      workloadUpdateStrategy?: unknown;
    };
    status: { observedKubeVirtVersion: string };
  };
  /** Other objects beside these. */
  readonly others: unknown[];
}

/** A change of a fixture. Each test changes its own. */
export type Edit = (fixture: Fixture) => void;

/** A virtual machine with the webhook's share, its service account, and the cluster's KubeVirt. */
export function fixture(): Fixture {
  return {
    vm: {
      apiVersion: "kubevirt.io/v1",
      kind: "VirtualMachine",
      metadata: { name: "vm", namespace: "team", annotations: {} },
      spec: {
        template: {
          metadata: {
            annotations: {
              "hooks.kubevirt.io/hookSidecars": JSON.stringify([{
                image: "eks-irsa-sidecar:0.1.0",
              }]),
            },
          },
          spec: {
            domain: {
              devices: {
                disks: [{ name: "root", disk: {} }, { name: "ci", disk: {} }],
                filesystems: [{ name: "sa", virtiofs: {} }],
              },
            },
            volumes: [
              { name: "root", containerDisk: { image: "registry.example/fedora:42" } },
              { name: "sa", serviceAccount: { serviceAccountName: "app" } },
              { name: "ci", cloudInitNoCloud: { userData: "#cloud-config\n" } },
            ],
          },
        },
      },
    },
    serviceAccount: {
      kind: "ServiceAccount",
      metadata: {
        name: "app",
        namespace: "team",
        annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/app" },
      },
    },
    kubevirt: {
      kind: "KubeVirt",
      spec: {
        configuration: {
          developerConfiguration: { featureGates: ["Sidecar", "ContainerPathVolumes"] },
        },
      },
      status: { observedKubeVirtVersion: "v1.9.0" },
    },
    others: [],
  };
}

/** A fixture's manifests, as if they had been read from one file. */
export function manifestsOf(edit: Edit): readonly Manifest[] {
  return parseManifests(textOf(edit), "vm.yaml");
}

/** The file with a fixture's manifests. A key `again:KEY` is written as `KEY`, so that it can be there twice. */
export function textOf(edit: Edit): string {
  const edited = fixture();
  edit(edited);
  const documents = [edited.vm, edited.serviceAccount, edited.kubevirt]
    .filter((document) => document.kind !== "");
  const texts = [...documents, ...edited.others].map((document) =>
    JSON.stringify(document, null, 1)
  );
  return texts.join("\n---\n").replaceAll('"again:', '"');
}

/** The VMI's template. */
export function template({ vm }: Fixture): Fixture["vm"]["spec"]["template"] {
  return vm.spec.template;
}

/** The args of the sidecar. */
export function args(...args: string[]): Edit {
  return sidecars({ image: "eks-irsa-sidecar:0.1.0", args });
}

/** The entries of the annotation. */
export function sidecars(...entries: unknown[]): Edit {
  return (fixture) => {
    template(fixture).metadata.annotations["hooks.kubevirt.io/hookSidecars"] = JSON.stringify(
      entries,
    );
  };
}

/** The text of the annotation. */
export function annotation(text: string): Edit {
  return (fixture) => {
    template(fixture).metadata.annotations["hooks.kubevirt.io/hookSidecars"] = text;
  };
}

/** The members of the cloud-init volume. */
export function cloudInit(content: unknown): Edit {
  return (fixture) => {
    template(fixture).spec.volumes[2] = { name: "ci", cloudInitNoCloud: content };
  };
}

/** Another object beside the virtual machine. */
export function beside(object: unknown): Edit {
  return ({ others }) => others.push(object);
}

/** The user data. */
export function userData(text: string): Edit {
  return (fixture) => {
    template(fixture).spec.volumes[2] = { name: "ci", cloudInitNoCloud: { userData: text } };
  };
}

/** A containerPath volume with a virtiofs filesystem. */
export function containerPath(
  name = "token",
  volume: unknown = {
    path: "/var/run/secrets/eks.amazonaws.com/serviceaccount",
    readOnly: true,
  },
): Edit {
  return (fixture) => {
    const { spec } = template(fixture);
    spec.volumes.push({ name, containerPath: volume });
    spec.domain.devices.filesystems.push({ name, virtiofs: {} });
  };
}

/** Several changes, one after the other. */
export function all(...edits: Edit[]): Edit {
  return (fixture) => edits.forEach((edit) => edit(fixture));
}
