import type { Mutant } from "./mutants.ts";

/** A mutant that nobody can tell from the source, and the reason. An entry without `code` is for the whole file. */
export interface Equivalent extends Pick<Mutant, "file" | "from" | "to"> {
  readonly code?: string;
  readonly reason: string;
}

export function isEntryFor(entry: Equivalent, { file, code, from, to }: Mutant): boolean {
  return entry.file === file && entry.from === from && entry.to === to &&
    (entry.code === undefined || entry.code === code);
}

const NOT_ABSENT = "the compiler asks for it: the value is never absent here";

const RETURNS_UNDEFINED = "a function that ends without a return gives undefined, too";
const COMPARED_WITH_OTHER = "it is only compared with the other values";
const NOTHING_ELSE_THROWN = "no other error is thrown here, unless by a fault of the program";

export const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: "src/admission/admit.ts",
    code: 'return stringMember(object, "name") ?? "";',
    from: '""',
    to: '"Stryker was here!"',
    reason: "no name that is looked for is like one of them",
  },
  {
    file: "src/cloud_init/cloudbase_init_reader.ts",
    from: '"part"',
    to: '""',
    reason: COMPARED_WITH_OTHER,
  },
  {
    file: "src/cloud_init/cloudbase_init_script.ts",
    from: '"linux"',
    to: '""',
    reason: COMPARED_WITH_OTHER,
  },
  {
    file: "src/cloud_init/data.ts",
    from: "data?.object",
    to: "data.object",
    reason: NOT_ABSENT,
    code: 'legacy: legacy?.json ?? legacyWith(stringMember(data?.object, "NetworkData")),',
  },
  {
    file: "src/cloud_init/data.ts",
    code: 'userData: userData || decodedText(userDataBase64 ?? ""),',
    from: '""',
    to: '"Stryker was here!"',
    reason: "it is no base64, and decoded as none",
  },
  {
    file: "src/cloud_init/embed.ts",
    code:
      'return writeMessage(ours, embedding.kind === "embedded" ? embedding.entity : undefined);',
    from: 'embedding.kind === "embedded"',
    to: "true",
    reason: "the compiler asks for it: without user data there is no entity",
  },
  {
    file: "src/cloud_init/format_prefix.ts",
    code: 'return text.replace(/\\n\\n[^]*/, "").includes("Content-Type: multipart");',
    from: '""',
    to: '"Stryker was here!"',
    reason: "only what is before it counts",
  },
  {
    file: "src/cloud_init/gunzip.ts",
    from: "{ return undefined; }",
    to: "{}",
    reason: RETURNS_UNDEFINED,
  },
  {
    file: "src/cloud_init/json_members.ts",
    from: "position < bytes.length",
    to: "position <= bytes.length",
    reason: "a value ends before the text does: the object's brace is behind it",
  },
  {
    file: "src/cloud_init/mime.ts",
    code:
      'return { text: [header, ...encodeBase64Lines(bytes)], end: "\\n", mayHoldBoundary: false };',
    from: "false",
    to: "true",
    reason: "base64 has no boundary: that is why it is not searched",
  },
  {
    file: "src/cloud_init/mime.ts",
    from: "entities.filter(({ mayHoldBoundary }) => mayHoldBoundary)",
    to: "entities",
    reason: "the same: it spares the search of megabytes",
  },
  {
    file: "src/cloud_init/mime_header.ts",
    from: "key?.toLowerCase",
    to: "key.toLowerCase",
    reason: NOT_ABSENT,
  },
  {
    file: "src/cloud_init/mime_header.ts",
    from: "rest?.trim",
    to: "rest.trim",
    reason: NOT_ABSENT,
  },
  {
    file: "src/credentials/oem_strings.ts",
    from: "{ level: 9 }",
    to: "{}",
    reason: "the script is the same, in some more bytes",
  },
  {
    file: "src/domain/address.ts",
    from: '"0"',
    to: '""',
    reason: "Number() makes 0 of both",
  },
  { file: "src/domain/document.ts", from: "root?.name", to: "root.name", reason: NOT_ABSENT },
  { file: "src/domain/document.ts", from: "root?.start", to: "root.start", reason: NOT_ABSENT },
  ...["true", "start >= 0"].map((to) => ({
    file: "src/domain/edits.ts",
    from: "start > 0",
    to,
    reason: "the root element is before it; the bound keeps a mistake from being an endless loop",
  })),
  {
    file: "src/domain/encoding.ts",
    from: "declaration.indices?.[1]",
    to: "declaration.indices[1]",
    reason: NOT_ABSENT,
  },
  {
    file: "src/domain/encoding.ts",
    from: "declaration.indices?.[2]",
    to: "declaration.indices[2]",
    reason: NOT_ABSENT,
  },
  {
    file: "src/domain/encoding.ts",
    from: "[0, 0]",
    to: "[]",
    reason: "an absent start is not above 0 either",
  },
  {
    file: "src/domain/oem_strings.ts",
    from: "os === undefined",
    to: "false",
    reason: "the compiler asks for it: without os there is no architecture either",
  },
  {
    file: "src/domain/patch.ts",
    from: "attribute !== undefined",
    to: "true",
    reason: "the compiler asks for it: what is absent has no value that is equal",
  },
  {
    file: "src/guest/linux/guest.ts",
    from: "/^\\/var\\/run(?=\\/|$)/",
    to: "/\\/var\\/run(?=\\/|$)/",
    reason: "what is deeper is no folder that is refused, with or without /var",
  },
  {
    file: "src/hooks/info.ts",
    from: "[]",
    to: '["Stryker was here"]',
    reason: "no hook point has this name",
  },
  {
    file: "src/hooks/on_define_domain.ts",
    from: "!(error instanceof InvalidInput)",
    to: "false",
    reason: NOTHING_ELSE_THROWN,
  },
  {
    file: "src/hooks/on_define_domain.ts",
    code: 'return { kind: "refused", reason: error.message };',
    from: '"refused"',
    to: '""',
    reason: COMPARED_WITH_OTHER,
  },
  {
    file: "src/domain/surrogates.ts",
    from: "unit.charCodeAt(0) - FIRST_SURROGATE + FIRST_LETTER",
    to: "unit.charCodeAt(0) - FIRST_SURROGATE - FIRST_LETTER",
    reason: "16 bits: these are 2048 other letters",
  },
  {
    file: "src/identity/agent.ts",
    code: 'const address = linkLocalHost(variables.get(AGENT_URL_VARIABLE) ?? "");',
    from: '""',
    to: '"Stryker was here!"',
    reason: NOT_ABSENT,
  },
  {
    file: "src/identity/agent.ts",
    from: "/^169\\.254\\.\\d+\\.\\d+$/",
    to: "/169\\.254\\.\\d+\\.\\d+$/",
    reason: "a URL whose host ends in a number has an IPv4 address and nothing else",
  },
  ...[["[]", '["Stryker was here"]'], ['""', '"Stryker was here!"']].map((
    [from = "", to = ""],
  ) => ({
    file: "src/identity/agent.ts",
    code:
      'const [, address = "", length = ""] = /^(\\d+(?:\\.\\d+){3})\\/(\\d+)$/.exec(cidr) ?? [];',
    from,
    to,
    reason: "neither has four numbers",
  })),
  {
    file: "src/identity/identity.ts",
    from: "kind === undefined",
    to: "false",
    reason: "the compiler asks for it: no kind has no variable, and so no file",
  },
  {
    file: "src/identity/identity.ts",
    code: 'const file = environment[TOKEN_FILE_VARIABLES[kind]] ?? "";',
    from: '""',
    to: '"Stryker was here!"',
    reason: NOT_ABSENT,
  },
  {
    file: "src/identity/identity.ts",
    from: "one < other",
    to: "one <= other",
    reason: "no two variables have the same name",
  },
  {
    file: "src/text/base64.ts",
    from: "start < bytes.length",
    to: "start <= bytes.length",
    reason: "an empty piece more is nothing when the pieces are joined",
  },
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
  ...["base64", "utf8"].map((name) => ({
    file: `src/text/${name}.ts`,
    from: "{ return undefined; }",
    to: "{}",
    reason: RETURNS_UNDEFINED,
  })),
];
