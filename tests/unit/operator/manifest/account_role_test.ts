import assert from "node:assert/strict";
import { accountRole } from "../../../../src/operator/manifest/account_role.ts";
import { manifestsOf } from "./manifests.ts";

const account = (annotations: unknown) => ({
  kind: "ServiceAccount",
  metadata: { name: "app", namespace: "team", annotations },
});

const configMap = (config: unknown, name = "pod-identity-webhook") => ({
  kind: "ConfigMap",
  metadata: { name, namespace: "kube-system" },
  data: { config: typeof config === "string" ? config : JSON.stringify(config) },
});

/** The role of the account app, and the audience of its token. */
function roleOf(objects: readonly unknown[], namespace: string | undefined = "team") {
  const role = accountRole(manifestsOf(...objects), namespace, "app");
  return role && [role.arn, role.audience];
}

Deno.test("the account's annotation gives it its role, with the audience of the webhook or its own", () => {
  const role = { "eks.amazonaws.com/role-arn": "a" };
  assert.deepEqual(roleOf([account(role)]), ["a", undefined]);
  const audience = { ...role, "eks.amazonaws.com/audience": "openshift" };
  assert.deepEqual(roleOf([account(audience)]), ["a", "openshift"]);
  assert.deepEqual(roleOf([account(role), configMap({ "team/app": { RoleARN: "b" } })])?.[0], "a");
});

Deno.test("an account without an annotation, or with an empty one, has the role of the webhook's ConfigMap", () => {
  const config = configMap({ "team/app": { RoleARN: "b", Audience: "sts.amazonaws.com" } });
  for (const annotations of [{}, { "eks.amazonaws.com/role-arn": "" }]) {
    assert.deepEqual(roleOf([account(annotations), config]), ["b", "sts.amazonaws.com"]);
    assert.equal(roleOf([account(annotations)]), undefined);
  }
  assert.deepEqual(roleOf([config]), ["b", "sts.amazonaws.com"], "the account was not given");
});

Deno.test("the place of the role is that of the annotation, or of the ConfigMap's text", () => {
  const annotated = account({ "eks.amazonaws.com/role-arn": "a" });
  const config = configMap({ "team/app": { RoleARN: "b" } });
  const placeOf = (...objects: readonly unknown[]) => {
    const role = accountRole(manifestsOf(...objects), "team", "app");
    return [role?.manifest.kind, role?.path];
  };
  assert.deepEqual(placeOf(annotated), [
    "ServiceAccount",
    ["metadata", "annotations", "eks.amazonaws.com/role-arn"],
  ]);
  assert.deepEqual(placeOf(config), ["ConfigMap", ["data", "config"]]);
});

/** Roles in the ConfigMap, and the role and audience of team/app. */
const ROLES: readonly (readonly [string, unknown, readonly string[] | undefined])[] = [
  ["none", {}, undefined],
  ["another namespace", { "other/app": { RoleARN: "b" } }, undefined],
  ["another account", { "team/other": { RoleARN: "b" } }, undefined],
  ["every namespace", { "*/app": { RoleARN: "b" } }, ["b", ""]],
  [
    "every namespace and its own, which counts more",
    { "*/app": { RoleARN: "b" }, "team/app": { RoleARN: "c" } },
    ["c", ""],
  ],
  [
    "its own without a role",
    { "*/app": { RoleARN: "b" }, "team/app": { Audience: "x" } },
    ["b", ""],
  ],
  ["an empty role", { "*/app": { RoleARN: "b" }, "team/app": { RoleARN: "" } }, ["b", ""]],
  ["an empty role alone", { "team/app": { RoleARN: "" } }, undefined],
  ["a list", [], undefined],
  ["no JSON", "team/app: b", undefined],
  ["null", "null", undefined],
];

for (const [what, config, role] of ROLES) {
  Deno.test(`the roles of the webhook's ConfigMap: ${what}`, () => {
    assert.deepEqual(roleOf([configMap(config)]), role);
  });
}

Deno.test("a ConfigMap of another name, one without roles and another kind give no role", () => {
  const config = { "team/app": { RoleARN: "b" } };
  assert.equal(roleOf([configMap(config, "other")]), undefined);
  assert.equal(roleOf([{ ...configMap(config), kind: "Secret" }]), undefined);
  assert.equal(roleOf([{ ...configMap(config), data: {} }]), undefined);
  assert.equal(roleOf([{ ...configMap(config), data: undefined }]), undefined);
});

Deno.test("without a namespace, the first role of an account of that name counts", () => {
  const anywhere = (config: unknown) => {
    const role = accountRole(manifestsOf(configMap(config)), undefined, "app");
    return role?.arn;
  };
  const config = { "a/app": { RoleARN: "" }, "a/other": { RoleARN: "b" }, app: { RoleARN: "c" } };
  assert.equal(anywhere(config), undefined);
  assert.equal(anywhere({ ...config, "z/app": { RoleARN: "d" } }), "d");
  assert.equal(anywhere([]), undefined);
});
