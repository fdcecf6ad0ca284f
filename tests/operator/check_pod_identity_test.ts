import assert from "node:assert/strict";
import { notChecked } from "../../src/operator/check/not_checked.ts";
import { formatPath } from "../../src/operator/manifest/path.ts";
import {
  dedicated,
  image,
  kubevirt,
  masquerade,
  metadata,
  podIdentity,
  podIdentityTrust,
  podNetwork,
  role,
  spec,
  trustPolicy,
  VOLUMES,
  webhook,
} from "./check_case.ts";
import { bareVmi, labelled, namespace, optedIn, unlabelled } from "./check_cases_admission.ts";
import { all, beside, containerPath, type Edit } from "./edit.ts";
import { checked, codesOf, findingsOf } from "./findings.ts";

const associated = all(labelled("pod-identity"), masquerade, role(undefined));
const defaultInterface = (binding: string) =>
  kubevirt((object) =>
    Object.assign(object.spec.configuration, { network: { defaultNetworkInterface: binding } })
  );
const hyperConverged: Edit = (fixture) => {
  fixture.kubevirt.kind = "";
  beside({
    apiVersion: "hco.kubevirt.io/v1beta1",
    kind: "HyperConverged",
    metadata: {
      name: "kubevirt-hyperconverged",
      annotations: {
        "kubevirt.kubevirt.io/jsonpatch": JSON.stringify([{
          op: "add",
          path: "/spec/configuration/developerConfiguration/featureGates/-",
          value: "Sidecar",
        }]),
      },
    },
    spec: { featureGates: { containerPathVolumes: true } },
  })(fixture);
};
const noPodNetwork = spec((s) =>
  Object.assign(s.domain.devices, { autoattachPodInterface: false })
);
const volume = (name: string) =>
  spec((s) => s.volumes.push({ name, configMap: { name: "settings" } }));

/** VMs with EKS Pod Identity, and what check finds. */
const VMS: readonly (readonly [string, Edit, readonly string[]])[] = [
  ["the label, and an account without an annotation", associated, []],
  ["the share by hand", all(podIdentity, masquerade, role(undefined)), []],
  ["a role by IRSA that counts no more", all(associated, role("no ARN")), []],
  ["the name of a role by IRSA that counts no more", all(associated, role("app")), []],
  ["IRSA's folder by hand, and the label", all(associated, containerPath("irsa")), [
    "container-path-other-kind",
  ]],
  [
    "a file in IRSA's folder",
    all(
      associated,
      containerPath("irsa", { path: "/var/run/secrets/eks.amazonaws.com/serviceaccount/token" }),
    ),
    ["container-path-unmounted"],
  ],
  [
    "the share by hand in a namespace of IRSA, and an account without an annotation",
    all(podIdentity, masquerade, role(undefined), namespace("true")),
    [],
  ],
  [
    "the share by hand in a namespace of IRSA, and an account with a role",
    all(podIdentity, masquerade, namespace("true")),
    ["container-path-other-kind"],
  ],
  ["the default account", all(associated, spec((s) => delete s.serviceAccountName)), [
    "service-account-missing",
  ]],
  [
    "a VMI of its own in a namespace",
    all(unlabelled, bareVmi, namespace("pod-identity")),
    ["inject-without-owner", "pod-identity-network"],
  ],
  ["the volume's name of IRSA", all(associated, volume("aws-iam-token")), []],
  ["the volume's name", all(associated, volume("eks-pod-identity-token")), [
    "webhook-volume-taken",
  ]],
  [
    "a label that keeps the webhook away",
    all(associated, metadata("labels", "eks.amazonaws.com/skip-pod-identity-webhook", "1")),
    ["webhook-skips-pod"],
  ],
  ["the IRSA mutation webhook and dedicated CPUs", all(associated, dedicated, webhook()), []],
  ["Debian by its code name", all(associated, image("registry.example/bookworm:1")), [
    "pod-identity-packages",
  ]],
  ["Debian 12 and IRSA", all(optedIn, image("registry.example/debian:12")), []],
  ["Ubuntu 24.04", all(associated, image("registry.example/ubuntu:24.04")), []],
];

for (const [name, edit, codes] of VMS) {
  Deno.test(`check of a VM with EKS Pod Identity: ${name}`, () => {
    assert.deepEqual(codesOf(edit), codes);
  });
}

/** Networks, and what check says of them; undefined if nothing. */
const NETWORKS: readonly (readonly [string, Edit, "error" | "warning" | undefined])[] = [
  ["masquerade", podNetwork({ masquerade: {} }), undefined],
  ["passt", podNetwork({ binding: { name: "passt" } }), undefined],
  ["a bridge", podNetwork({ bridge: {} }), "warning"],
  ["another binding", podNetwork({ binding: { name: "corp" } }), "warning"],
  ["no network that it names", () => {}, "warning"],
  ["KubeVirt's default, which is masquerade", defaultInterface("masquerade"), undefined],
  ["KubeVirt's default, which is a bridge", defaultInterface("bridge"), "warning"],
  ["the default of HyperConverged", hyperConverged, undefined],
  ["none", noPodNetwork, "error"],
  [
    "another network alone",
    spec((s) => {
      s.networks = [{ name: "other", multus: { networkName: "other" } }];
      s.domain.devices.interfaces = [{ name: "other", bridge: {} }];
    }),
    "error",
  ],
];

for (const [name, edit, severity] of NETWORKS) {
  Deno.test(`the network to the agent: ${name}`, () => {
    const found = findingsOf(all(labelled("pod-identity"), edit))
      .filter(({ code }) => code === "pod-identity-network");
    assert.deepEqual(found.map((finding) => finding.severity), severity ? [severity] : []);
  });
  Deno.test(`IRSA needs no agent: ${name}`, () => {
    assert.deepEqual(codesOf(all(optedIn, edit)), []);
  });
}

/** Trust policies, and the codes that check finds for EKS Pod Identity and for IRSA. */
const TRUST: readonly (readonly [string, unknown, readonly string[], readonly string[]])[] = [
  [
    "EKS Pod Identity",
    podIdentityTrust("sts:AssumeRole", "sts:TagSession"),
    [],
    ["trust-policy-issuer"],
  ],
  ["all of STS", podIdentityTrust("sts:*"), [], ["trust-policy-issuer"]],
  ["no TagSession", podIdentityTrust("sts:AssumeRole"), ["pod-identity-trust"], [
    "trust-policy-issuer",
  ]],
  ["the cluster's OIDC provider", trustPolicy({}), ["pod-identity-trust"], []],
  [
    "another service account by OIDC",
    trustPolicy({ subject: "system:serviceaccount:team:other" }),
    ["pod-identity-trust"],
    ["trust-policy-subject"],
  ],
  [
    "both",
    {
      Version: "2012-10-17",
      Statement: [
        ...trustPolicy({}).Statement,
        podIdentityTrust("sts:AssumeRole", "sts:TagSession").Statement,
      ],
    },
    [],
    [],
  ],
];

for (const [name, policy, ofPodIdentity, ofIrsa] of TRUST) {
  Deno.test(`a role that trusts ${name}`, () => {
    assert.deepEqual(codesOf(all(associated, beside(policy))), ofPodIdentity);
    assert.deepEqual(codesOf(all(optedIn, beside(policy))), ofIrsa);
  });
}

Deno.test("a folder of the other kind is found at the owner's volume", () => {
  for (const edit of [all(associated, containerPath("irsa")), all(labelled("true"), podIdentity)]) {
    const [finding] = findingsOf(edit);
    assert.equal(formatPath(finding?.path ?? []), `${VOLUMES}[2].containerPath.path`);
  }
});

/** What check says that it does not know of an association. */
const NOT_CHECKED: readonly (readonly [string, Edit, RegExp | undefined])[] = [
  [
    "EKS Pod Identity",
    associated,
    /^Whether the service account app has a Pod Identity association, .* was not looked at: aws eks list-pod-identity-associations --cluster-name CLUSTER --namespace team --service-account app\. Nor /,
  ],
  ["IRSA", optedIn, undefined],
  [
    "IRSA without a role",
    all(optedIn, role(undefined)),
    /may have a Pod Identity association, .* the value of the label is "pod-identity"\.$/,
  ],
];

for (const [name, edit, expected] of NOT_CHECKED) {
  Deno.test(`what is not checked of associations: ${name}`, () => {
    const sentences = checked(edit).flatMap(({ context }) => notChecked(context));
    const found = sentences.filter((sentence) => /association|annotation|audience/.test(sentence));
    assert.equal(found.length, expected === undefined ? 0 : 1, found.join("\n"));
    assert.match(found.join(), expected ?? /^$/);
  });
}
