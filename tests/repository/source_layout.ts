/** A source file, and what it imports; paths from the top of the repository. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

/** Folders from top to bottom. Folders of one row do not import from each other (docs/development.md, "Source layout"). */
const LAYERS: readonly (readonly string[])[] = [
  ["main.ts"],
  ["src/sidecar", "src/operator"],
  [
    "src/sidecar/transport",
    "src/sidecar/grpc",
    "src/operator/check",
    "src/operator/preview",
    "src/operator/sysprep",
    "src/operator/completion",
  ],
  ["src/operator/manifest_plan"],
  ["src/operator/manifest"],
  ["src/cli"],
  ["src/hooks"],
  ["src/plan"],
  ["src/admission"],
  ["src/domain", "src/cloud_init", "src/credentials"],
  ["src/guest"],
  ["src/identity"],
  ["src/kubevirt"],
  ["src/log", "src/text"],
];

/** The two fronts. Only they have effects, and they do not import from each other. */
const FRONTS = ["src/sidecar/", "src/operator/"];

/** What reads or changes the world: no file below the fronts may. */
const EFFECTS: readonly (readonly [RegExp, string])[] = [
  [/\bDeno\.(?!errors\b)/, "Deno's API"],
  [/\b(?:setTimeout|setInterval|performance\.now|Date\.now|new Date)\b/, "the clock"],
  [/\bfetch\(/, "the network"],
  [/\bMath\.random\b|\bcrypto\./, "chance"],
  [/(?:from|import)\s*\(?\s*"node:(?!buffer"|util"|zlib")/, "a module of Node's with effects"],
  [/\bconsole\./, "the terminal"],
];

/** The only file below the fronts that prints: errors, before a front is chosen. */
const PRINTS = "src/cli/output.ts";

/** The packages of gRPC, and the only folder that knows them. */
const GRPC = /"@grpc\/|"@bufbuild\//;
const GRPC_FOLDER = "src/sidecar/";

/** All violations of the layout, in sentences. */
export function layoutProblems(files: readonly SourceFile[]): readonly string[] {
  return [
    ...files.flatMap(importProblems),
    ...files.filter(({ path, text }) => GRPC.test(text) && !path.startsWith(GRPC_FOLDER))
      .map(({ path }) => `${path} imports a package of gRPC: only ${GRPC_FOLDER} knows gRPC.`),
    ...circles(files),
    ...files.filter(isBelowFronts).flatMap(effectProblems),
  ];
}

function importProblems({ path, imports }: SourceFile): readonly string[] {
  const own = layerOf(path);
  if (own === undefined) return [`${path} is in no folder of the source layout.`];
  return imports.filter((imported) => imported.startsWith("src/")).flatMap((imported) => {
    const other = layerOf(imported);
    if (other === undefined) return [`${path} imports ${imported}, which does not exist.`];
    if (FRONTS.some((front) => path.startsWith(front)) && isOtherFront(path, imported)) {
      return [`${path} imports ${imported}: the two fronts do not know each other.`];
    }
    if (own.folder === other.folder || own.row < other.row) return [];
    return [
      `${path} imports ${imported}, which is ${own.row === other.row ? "beside" : "above"} it: ` +
      "imports run downwards.",
    ];
  });
}

function isOtherFront(path: string, imported: string): boolean {
  return FRONTS.some((front) => imported.startsWith(front) && !path.startsWith(front));
}

function layerOf(path: string): { readonly row: number; readonly folder: string } | undefined {
  const layers = LAYERS.flatMap((folders, row) => folders.map((folder) => ({ row, folder })));
  return layers
    .filter(({ folder }) => path === folder || path.startsWith(`${folder}/`))
    .sort((one, other) => other.folder.length - one.folder.length)[0];
}

function circles(files: readonly SourceFile[]): readonly string[] {
  const importsOf = new Map(files.map(({ path, imports }) => [path, imports]));
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]) => {
    const start = way.indexOf(path);
    if (start >= 0) {
      found.push(`These imports are a circle: ${[...way.slice(start), path].join(" -> ")}.`);
      return;
    }
    if (done.has(path)) return;
    for (const imported of importsOf.get(path) ?? []) visit(imported, [...way, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}

function isBelowFronts({ path }: SourceFile): boolean {
  return path.startsWith("src/") && !FRONTS.some((front) => path.startsWith(front));
}

function effectProblems({ path, text }: SourceFile): readonly string[] {
  const code = text.replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
  return EFFECTS.flatMap(([pattern, what]) =>
    pattern.test(code) && !(path === PRINTS && what === "the terminal")
      ? [`${path} uses ${what} (${pattern.exec(code)?.[0]}): effects belong into a front.`]
      : []
  );
}
