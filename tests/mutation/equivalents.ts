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

const HAS_NOTHING_LOOKED_FOR = "neither has a word that is looked for";

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
    file: "src/operator/check/rules/admission.ts",
    code: 'if (outcome.kind !== "refused" || outcome.reason !== "a name is taken") return [];',
    from: 'outcome.kind !== "refused"',
    to: "false",
    reason: "the compiler asks for it: no other outcome has this reason",
  },
  {
    file: "src/operator/check/rules/admission.ts",
    from: 'policy.kind !== "given"',
    to: "false",
    reason: "the compiler asks for it: what is assumed is not changed, and fits the version",
  },
  {
    file: "src/operator/check/rules/cloud_init.ts",
    from: "cloudInit === undefined",
    to: "false",
    reason: NOT_ABSENT,
    code: "if (vmi.cloudInitVolumes.length < 2 || cloudInit === undefined) return [];",
  },
  {
    file: "src/operator/check/rules/cluster.ts",
    code: "if (kubevirt === undefined || vmi.containerPathVolumes.length === 0) return [];",
    from: "kubevirt === undefined",
    to: "false",
    reason: "the compiler asks for it: what is not given is not known to be older",
  },
  {
    file: "src/operator/check/rules/cluster.ts",
    code: 'path: gateFix(kubevirt, "Plugins").path,',
    from: '"Plugins"',
    to: '""',
    reason: "the path is that of every gate without a field of its own",
  },
  ...[
    ["kubevirt === undefined || configured === undefined", "false"],
    [
      "kubevirt === undefined || configured === undefined",
      "kubevirt === undefined && configured === undefined",
    ],
    ["kubevirt === undefined", "false"],
    ["configured === undefined", "false"],
  ].map(([from = "", to = ""]) => ({
    file: "src/operator/check/rules/cluster.ts",
    code:
      "if (kubevirt === undefined || configured === undefined || memory === undefined) return [];",
    from,
    to,
    reason: "the compiler asks for it: without them there is no memory",
  })),
  {
    file: "src/operator/check/kubevirt_configuration.ts",
    code: "return running !== undefined && running < version;",
    from: "running !== undefined",
    to: "true",
    reason: "the compiler asks for it: what is absent is not less than a number",
  },
  {
    file: "src/operator/check/rules/collisions.ts",
    code: 'const tokenFile = variables.get(TOKEN_FILE_VARIABLES[context.identity.kind]) ?? "";',
    from: '""',
    to: '"Stryker was here!"',
    reason: NOT_ABSENT,
  },
  ...["<", ">"].map((sign) => ({
    file: "src/operator/check/rules/collisions.ts",
    from: `start ${sign} index`,
    to: `start ${sign}= index`,
    reason: "no entry starts at its own key",
  })),
  {
    file: "src/operator/check/hyper_converged.ts",
    from: '""',
    to: '"Stryker was here!"',
    reason: HAS_NOTHING_LOOKED_FOR,
  },
  ...[['"[]"', '""'], ["[]", '["Stryker was here"]']].map(([from = "", to = ""]) => ({
    file: "src/operator/check/hyper_converged.ts",
    code: from === "[]"
      ? "return [];"
      : 'const patches = JSON.parse(stringMember(annotationsOf(object), PATCH_ANNOTATION) ?? "[]");',
    from,
    to,
    reason: "neither has a patch with a path",
  })),
  {
    file: "src/operator/check/kubevirt_configuration.ts",
    code: ': RELEASE.exec(observedVersion(kubevirt) ?? "")?.[1];',
    from: '""',
    to: '"Stryker was here!"',
    reason: HAS_NOTHING_LOOKED_FOR,
  },
  ...[['""', '"Stryker was here!"'], ["[]", '["Stryker was here"]']].map(
    ([from = "", to = ""]) => ({
      file: "src/operator/check/quantity.ts",
      code:
        'const [, digits, suffix = ""] = /^(\\d+(?:\\.\\d+)?(?:e\\d+)?)([a-zA-Z]*)$/.exec(value) ?? [];',
      from,
      to,
      reason: "what is no quantity has no digits; a quantity has a suffix, which may be empty",
    }),
  ),
  {
    file: "src/operator/check/check.ts",
    from: "{ tokenAudience: undefined, tokenFile: undefined }",
    to: "{}",
    reason: "an absent member is undefined",
  },
  {
    file: "src/operator/check/report.ts",
    code: "style.quiet(`(${manifest.file}:${manifest.lineOf([])})`)",
    from: "[]",
    to: '["Stryker was here"]',
    reason: "the line of what is not there is that of the object",
  },
  {
    file: "src/operator/check/not_checked.ts",
    code:
      "return kubevirt === undefined || version === undefined || runningVersion(kubevirt) !== undefined",
    from: "kubevirt === undefined",
    to: "false",
    reason: "the compiler asks for it: what is not given has no version",
  },
  {
    file: "src/operator/check/token_audience.ts",
    code: ".flatMap((list) => Array.isArray(list) ? list.map(String) : []);",
    from: "[]",
    to: '["Stryker was here"]',
    reason: HAS_NOTHING_LOOKED_FOR,
  },
  ...[
    'if (context.identity.kind === "pod identity") return { problems: [], unknownAudiences: [] };',
    "const problems: TrustProblem[] = [];",
  ].map((code) => ({
    file: "src/operator/check/trust.ts",
    code,
    from: "[]",
    to: '["Stryker was here"]',
    reason: "the rules look for problems of a kind, and this is none",
  })),
  ...[
    'const [provider = ""] = issuers;',
    'const account = /:iam::(\\d{12}):/.exec(role ?? "")?.[1];',
    'provider: owners[0] ?? "",',
    '{ values: [first = ""] }: TrustCondition,',
  ].map((code) => ({
    file: "src/operator/check/trust.ts",
    code,
    from: '""',
    to: '"Stryker was here!"',
    reason: "a statement has a provider; neither text has an account or a namespace",
  })),
  {
    file: "src/operator/check/rules/container_path.ts",
    code: "if (volume === undefined) return [];",
    from: "volume === undefined",
    to: "false",
    reason: "the compiler asks for it: a volume without a path is no mistake",
  },
  {
    file: "src/operator/check/rules/container_path.ts",
    code: 'const name = stringMember(entry, "name") ?? "";',
    from: '""',
    to: '"Stryker was here!"',
    reason: "no filesystem has either name",
  },
  {
    file: "src/operator/check/possible_reader.ts",
    from: "key === undefined",
    to: "false",
    reason: "the compiler asks for it: what is absent names no reader",
  },
  {
    file: "src/operator/check/rules/guest.ts",
    code: 'if (plan.kind !== "planned") return undefined;',
    from: 'plan.kind !== "planned"',
    to: "false",
    reason: "the compiler asks for it: its rule looks at planned VMs alone",
  },
  {
    file: "src/operator/check/rules/guest.ts",
    from: 'os === "windows"',
    to: "true",
    reason: "hyperv makes a guest a Windows one, and nothing else",
  },
  {
    file: "src/operator/check/possible_reader.ts",
    from: 'plan.kind !== "planned"',
    to: "false",
    reason: "the compiler asks for it: its rule looks at planned VMs alone",
  },
  {
    file: "src/operator/check/rules/identity_webhook.ts",
    from: '""',
    to: '"Stryker was here!"',
    reason: HAS_NOTHING_LOOKED_FOR,
  },
  {
    file: "src/operator/check/rules/identity_webhook.ts",
    code: "return names.some((name) => name.includes('\"')) ? [] : names;",
    from: "[]",
    to: '["Stryker was here"]',
    reason: HAS_NOTHING_LOOKED_FOR,
  },
  {
    file: "src/operator/check/webhook.ts",
    from: 'share.kind === "webhook"',
    to: "true",
    reason: "the compiler asks for it: no other share has a socket",
  },
  {
    file: "src/operator/check/webhook.ts",
    from: '""',
    to: '"Stryker was here!"',
    reason: HAS_NOTHING_LOOKED_FOR,
  },
  {
    file: "src/operator/check/pod_identity_webhook.ts",
    from: '""',
    to: '"Stryker was here!"',
    reason: HAS_NOTHING_LOOKED_FOR,
  },
  {
    file: "src/operator/check/rules/service_account.ts",
    from: "found === undefined",
    to: "false",
    reason: "the compiler asks for it: an account that is not given may have a role",
  },
  {
    file: "src/operator/check/rules/share.ts",
    code: 'if (share.kind !== "webhook" || webhook !== undefined) return [];',
    from: 'share.kind !== "webhook"',
    to: "false",
    reason: "the compiler asks for it: no other share needs the webhook",
  },
  {
    file: "src/operator/check/rules/share.ts",
    from: 'plan.guest.os.os !== "linux"',
    to: "false",
    reason: "the hook fails for a Windows guest with --token-readers",
  },
  {
    file: "src/operator/check/rules/sidecar.ts",
    from: "ourSidecar(sidecars)?.args",
    to: "ourSidecar(sidecars).args",
    reason: NOT_ABSENT,
  },
  {
    file: "src/operator/check/rules/sidecar.ts",
    code: "const args = ourSidecar(sidecars)?.args ?? [];",
    from: "[]",
    to: '["Stryker was here"]',
    reason: NOT_ABSENT,
  },
  {
    file: "src/operator/check/rules/cloud_init.ts",
    from: 'embedding.kind !== "untouched"',
    to: "false",
    reason: "the compiler asks for it: user data that is changed gives the role",
  },
  {
    file: "src/operator/check/rules/cloud_init.ts",
    code: '? fixForUntouched(context, os, decodeUtf8(original) ?? "")',
    from: '""',
    to: '"Stryker was here!"',
    reason: HAS_NOTHING_LOOKED_FOR,
  },
  {
    file: "src/operator/check/user_data/cloud_init_off.ts",
    code: 'if (depth > MAX_DEPTH || !script.includes("cloud")) return undefined;',
    from: '"cloud"',
    to: '""',
    reason: "the same: it spares the reading of scripts that name nothing of cloud-init",
  },
  {
    file: "src/operator/check/user_data/cloud_init_off.ts",
    code: 'const content = input ?? printedBy(command) ?? "";',
    from: '""',
    to: '"Stryker was here!"',
    reason: HAS_NOTHING_LOOKED_FOR,
  },
  {
    file: "src/operator/check/user_data/cloud_init_off.ts",
    code: 'return typeof value === "string" || typeof value === "number" ? String(value) : "";',
    from: '""',
    to: '"Stryker was here!"',
    reason: HAS_NOTHING_LOOKED_FOR,
  },
  {
    file: "src/operator/check/user_data/off_commands.ts",
    code: 'const added = word.replace(/^s([^\\w\\s]).*?(?<!\\\\)\\1/, "");',
    from: '""',
    to: '"Stryker was here!"',
    reason: HAS_NOTHING_LOOKED_FOR,
  },
  ...[
    'const character = script[at] ?? "";',
    'escaped ?? single ?? (double ?? "").replace(/\\\\([$`"\\\\\\n])/g, "$1"),',
  ]
    .map((code) => ({
      file: "src/operator/check/user_data/shell.ts",
      code,
      from: '""',
      to: '"Stryker was here!"',
      reason: NOT_ABSENT,
    })),
  {
    file: "src/operator/check/user_data/shell.ts",
    from: "place >= 0",
    to: "place > 0",
    reason: "no variable has an empty name",
  },
  {
    file: "src/operator/check/user_data/shell_words.ts",
    from: "word !== undefined",
    to: "true",
    reason: "the compiler asks for it: no list has what is absent",
  },
  {
    file: "src/operator/check/user_data/pieces.ts",
    from: '"cloud-config"',
    to: '""',
    reason: COMPARED_WITH_OTHER,
  },
  {
    file: "src/operator/check/user_data/pieces.ts",
    from: '"text/plain"',
    to: '""',
    reason: "neither is a type that says what the text is",
  },
  {
    file: "src/text/base64.ts",
    from: "start < bytes.length",
    to: "start <= bytes.length",
    reason: "an empty piece more is nothing when the pieces are joined",
  },
  ...["base64", "utf8"].map((name) => ({
    file: `src/text/${name}.ts`,
    from: "{ return undefined; }",
    to: "{}",
    reason: RETURNS_UNDEFINED,
  })),
];
