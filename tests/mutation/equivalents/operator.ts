import type { Equivalent } from "./equivalent.ts";
import { COMPARED_WITH_OTHER, NOT_ABSENT, NOTHING_ELSE_THROWN } from "./reasons.ts";

/** In the rest of `src/operator/`. */
export const OPERATOR: readonly Equivalent[] = [
  ...[
    '${commands.flatMap(([name, { flags }]) => flagCases(name, flags)).join("\\n")}',
    "${commands.map(([name, { flags }]) => `    '${name} -'*) ${reply(flagNames(flags))} ;;`).join(\"\\n\")}",
    ').join("\\n")',
  ].map((code) => ({
    file: "src/operator/completion/bash.ts",
    code,
    from: '"\\n"',
    to: '""',
    reason: "bash reads the cases of a case on one line, too",
  })),
  ...[
    '${commands.map(([name, { summary }]) => `      ${quoted(`${name}:${summary}`)}`).join("\\n")}',
    '${commands.map(([name, description]) => commandCase(name, description)).join("\\n")}',
  ].map((code) => ({
    file: "src/operator/completion/zsh.ts",
    code,
    from: '"\\n"',
    to: '""',
    reason: "zsh reads them on one line, too",
  })),
  {
    file: "src/operator/manifest/account_role.ts",
    from: "account !== undefined",
    to: "true",
    reason: "the compiler asks for it: no account has no role",
  },
  {
    file: "src/operator/manifest/hook_sidecars.ts",
    code: 'if (sidecars.kind !== "list") return undefined;',
    from: 'sidecars.kind !== "list"',
    to: "false",
    reason: "the compiler asks for it: only a list has an entry of ours",
  },
  {
    file: "src/operator/manifest/json_text.ts",
    from: "error instanceof Mistake",
    to: "true",
    reason: NOTHING_ELSE_THROWN,
  },
  {
    file: "src/operator/manifest/json_text.ts",
    from: "root?.offset",
    to: "root.offset",
    reason: NOT_ABSENT,
  },
  {
    file: "src/operator/manifest/json_text.ts",
    from: "node.parent?.type",
    to: "node.parent.type",
    reason: NOT_ABSENT,
  },
  {
    file: "src/operator/manifest/labels.ts",
    code: 'stringMember(expression, "key") ?? "",',
    from: '""',
    to: '"Stryker was here!"',
    reason: "no label has one of these keys",
  },
  {
    file: "src/operator/manifest/labels.ts",
    from: "namespace === undefined",
    to: "false",
    reason: "the compiler asks for it: no namespace has no manifest",
  },
  {
    file: "src/operator/manifest/parse.ts",
    from: "!(error instanceof YamlProblem)",
    to: "false",
    reason: NOTHING_ELSE_THROWN,
  },
  {
    file: "src/operator/manifest/stored_value.ts",
    from: "encoded === undefined",
    to: "false",
    reason: "the compiler asks for it: what is absent is no base64 either",
  },
  {
    file: "src/operator/manifest/yaml_scalar.ts",
    from: "single < 0",
    to: "single <= 0",
    reason: "it is infinite here",
  },
  {
    file: "src/operator/manifest_plan/assumed_identity.ts",
    from: "identity === undefined",
    to: "false",
    reason: NOT_ABSENT,
  },
  ...[["name === undefined", "false"], ["[]", '["Stryker was here"]']].map((
    [from = "", to = ""],
  ) => ({
    file: "src/operator/manifest_plan/guest_release.ts",
    from,
    to,
    reason: "a name that is absent is that of no guest",
  })),
  {
    file: "src/operator/manifest_plan/installed_policy.ts",
    from: "() => false",
    to: "() => undefined",
    reason: "both are no",
  },
  {
    file: "src/operator/manifest_plan/installed_policy.ts",
    from: '"deploy"',
    to: '""',
    reason: "the name of the file is for mistakes, and our own policies have none",
  },
  {
    file: "src/operator/manifest_plan/manifest_admission.ts",
    from: 'policy.kind === "given"',
    to: "true",
    reason: "the compiler asks for it: no other policy has a binding",
  },
  {
    file: "src/operator/manifest_plan/manifest_admission.ts",
    from: "namespace !== undefined",
    to: "true",
    reason: "the compiler asks for it: a label of the namespace is read from its manifest",
  },
  ...["UsageError", "InvalidInput"].map((name) => ({
    file: "src/operator/manifest_plan/manifest_plan.ts",
    code: `if (!(error instanceof ${name})) throw error;`,
    from: `!(error instanceof ${name})`,
    to: "false",
    reason: NOTHING_ELSE_THROWN,
  })),
  {
    file: "src/operator/manifest_plan/manifest_plan.ts",
    code: "const hooks = hasRole ? options.hooks : [];",
    from: "[]",
    to: '["Stryker was here"]',
    reason: "no hook point has this name",
  },
  ...["preview", "report"].map((name) => ({
    file: `src/operator/preview/${name}.ts`,
    code: name === "report"
      ? "line: manifest.lineOf([]),"
      : "const [title, file, line] = [titleOf(manifest), manifest.file, manifest.lineOf([])];",
    from: "[]",
    to: '["Stryker was here"]',
    reason: "a manifest has no such member: the line is that of the object",
  })),
  {
    file: "src/operator/preview/admission_outcome.ts",
    code: '...(ourSidecar(hookSidecars(vmi)) === undefined ? [] : ["the sidecar"]),',
    from: "[]",
    to: '["Stryker was here"]',
    reason:
      "a VM that is admitted has the sidecar, and what it had before is not among the additions",
  },
  {
    file: "src/operator/preview/line_diff.ts",
    from: "operation < 0",
    to: "operation <= 0",
    reason: "it is not 0 here",
  },
  {
    file: "src/operator/preview/preview.ts",
    from: 'admission.outcome.kind === "refused"',
    to: "true",
    reason: "the compiler asks for it: no other outcome has this reason",
  },
  {
    file: "src/operator/preview/preview.ts",
    from: '"planned"',
    to: '""',
    code: 'if (plan.kind === "planned") return { kind: "planned", plan, identity, admission };',
    reason: COMPARED_WITH_OTHER,
  },
  {
    file: "src/operator/preview/preview.ts",
    from: 'plan.kind === "no share"',
    to: "true",
    reason: "the compiler asks for it: of no other failure it is said that the VM starts",
  },
  ...[
    'url: guest.settings.variables.get(AGENT_URL_VARIABLE) ?? "",',
    'file: variables.get(TOKEN_FILE_VARIABLES[kind]) ?? "",',
  ].map((code) => ({
    file: "src/operator/preview/report.ts",
    code,
    from: '""',
    to: '"Stryker was here!"',
    reason: NOT_ABSENT,
  })),
  {
    file: "src/operator/preview/report.ts",
    code: "const hasScript = manifestSysprep(plan.virtualMachine, []) !== undefined;",
    from: "[]",
    to: '["Stryker was here"]',
    reason: "whether there is such a volume does not depend on other manifests",
  },
  {
    file: "src/operator/sysprep/sysprep.ts",
    from: "virtualMachine !== undefined",
    to: "true",
    reason: "the compiler asks for it: files without a virtual machine are refused before",
  },
];
