import { repositoryPath } from "../support/paths.ts";
import { ensure, type Item } from "./item.ts";

/**
 * The packages that the program ships, with their licences: the packages that main.ts reaches. A new one is a decision: it goes in here by
 * hand, with its licence read.
 */
const SHIPPED: Readonly<Record<string, string>> = {
  "@bufbuild/protobuf": "(Apache-2.0 AND BSD-3-Clause)",
  "@grpc/grpc-js": "Apache-2.0",
  "@grpc/proto-loader": "Apache-2.0",
  "@js-sdsl/ordered-map": "MIT",
  "@protobufjs/aspromise": "BSD-3-Clause",
  "@protobufjs/base64": "BSD-3-Clause",
  "@protobufjs/codegen": "BSD-3-Clause",
  "@protobufjs/eventemitter": "BSD-3-Clause",
  "@protobufjs/fetch": "BSD-3-Clause",
  "@protobufjs/float": "BSD-3-Clause",
  "@protobufjs/path": "BSD-3-Clause",
  "@protobufjs/pool": "BSD-3-Clause",
  "@protobufjs/utf8": "BSD-3-Clause",
  "@rgrove/parse-xml": "ISC",
  "@types/node": "MIT",
  "ansi-regex": "MIT",
  "ansi-styles": "MIT",
  "cliui": "ISC",
  "color-convert": "MIT",
  "color-name": "MIT",
  "emoji-regex": "MIT",
  "escalade": "MIT",
  "get-caller-file": "ISC",
  "is-fullwidth-code-point": "MIT",
  "jsonc-parser": "MIT",
  "leven": "MIT",
  "lodash.camelcase": "MIT",
  "long": "Apache-2.0",
  "protobufjs": "BSD-3-Clause",
  "require-directory": "MIT",
  "string-width": "MIT",
  "strip-ansi": "MIT",
  "undici-types": "MIT",
  "wrap-ansi": "MIT",
  "y18n": "ISC",
  "yaml": "ISC",
  "yargs-parser": "ISC",
  "yargs": "MIT",
};

/** The packages beside those that build the program and test it, with what they depend on; none is shipped. */
const TOOLS: Readonly<Record<string, string>> = {
  "esbuild": "MIT",
  "fast-check": "MIT",
  "pure-rand": "MIT",
};

/** Licences whose terms a binary that is passed on can meet. */
const ALLOWED = [
  "Apache-2.0",
  "MIT",
  "ISC",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "BlueOak-1.0.0",
];

interface Package {
  readonly name: string;
  readonly version: string;
  readonly dependencies: readonly string[];
}

interface Graph {
  readonly modules: readonly { readonly npmPackage?: string; readonly specifier: string }[];
  readonly npmPackages: Readonly<Record<string, Package>>;
}

export const supplyChain: Item = {
  name: "7 supply chain",
  async run(report) {
    const graph = await shippedGraph();
    const shipped = shippedPackages(graph);
    await report.check("the lock file is complete and frozen", async () => {
      const { code, stderr } = await deno(
        "cache",
        "--frozen",
        "main.ts",
        "tests/robustness/run.ts",
      );
      ensure(code === 0, stderr);
      const lock: unknown = JSON.parse(await Deno.readTextFile(repositoryPath("deno.lock")));
      const locked = JSON.stringify(lock);
      for (const { name, version } of shipped) {
        ensure(locked.includes(`"${name}@${version}`), `deno.lock lacks ${name}@${version}.`);
      }
    });
    await report.check("every import is pinned to one version", async () => {
      const configuration = JSON.parse(await Deno.readTextFile(repositoryPath("deno.json"))) as {
        readonly imports: Readonly<Record<string, string>>;
      };
      const specifiers = Object.values(configuration.imports);
      for (const specifier of specifiers) {
        ensure(
          /^npm:(@[^@]+|[^@]+)@\d+\.\d+\.\d+(\/|$)/.test(specifier),
          `${specifier} is not pinned.`,
        );
      }
      return specifiers.length;
    });
    await report.check(
      "what test:mutation loads is pinned, in a lock file of its own",
      async () => {
        const lock = JSON.parse(
          await Deno.readTextFile(repositoryPath("tests/mutation/deno.lock")),
        ) as {
          readonly specifiers: Readonly<Record<string, string>>;
          readonly npm: Readonly<Record<string, { readonly integrity: string }>>;
        };
        const source = await Deno.readTextFile(repositoryPath("tests/mutation/mutants.ts"));
        const loaded = [...source.matchAll(/"(npm:[^"]+)"/g)].map(([, specifier = ""]) =>
          specifier
        );
        ensure(loaded.length > 0, "No package was found.");
        for (const specifier of loaded) {
          ensure(/@\d+\.\d+\.\d+$/.test(specifier), `${specifier} is not pinned.`);
          ensure(specifier in lock.specifiers, `tests/mutation/deno.lock lacks ${specifier}.`);
        }
        const packages = Object.entries(lock.npm);
        for (const [name, { integrity }] of packages) {
          ensure(integrity.startsWith("sha512-"), `${name} has no checksum.`);
        }
        return packages.length;
      },
    );
    await report.check("the workflows name every action by its commit", async () => {
      const folder = repositoryPath(".github/workflows");
      let actions = 0;
      for await (const { name } of Deno.readDir(folder)) {
        for (
          const [, action = ""] of (await Deno.readTextFile(`${folder}/${name}`))
            .matchAll(/^ *(?:- )?uses: *(.*)$/gm)
        ) {
          ensure(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d/.test(action), `${name} uses ${action}.`);
          actions++;
        }
      }
      ensure(actions > 0, "No action was found.");
      return actions;
    });
    await report.check(
      "nothing is loaded from anywhere but this repository, npm and the runtime",
      () => {
        for (const { specifier } of graph.modules) {
          ensure(/^(file|npm|node):/.test(specifier), `${specifier} is loaded from elsewhere.`);
        }
        return graph.modules.length;
      },
    );
    await report.check(
      "the shipped packages are those written down here, with those licences",
      () => {
        const names = shipped.map(({ name }) => name).toSorted();
        ensure(
          new Set(names).size === names.length,
          () => `A package is shipped in two versions: ${names.join(", ")}`,
        );
        const known = Object.keys(SHIPPED).toSorted();
        ensure(
          names.join(" ") === known.join(" "),
          () =>
            `The program ships ${names.length} packages, and ${known.length} are written down.\n` +
            `new: ${names.filter((name) => !known.includes(name)).join(", ")}\n` +
            `gone: ${known.filter((name) => !names.includes(name)).join(", ")}`,
        );
        return names.length;
      },
    );
    await report.check("every licence is as written down, and allowed", async () => {
      const cache = await npmCache();
      for (const { name, version } of shipped) {
        const licence = await licenceOf(cache, name, version);
        console.log(`          ${name}@${version}: ${licence}`);
        ensure(
          licence === SHIPPED[name],
          `${name} has the licence ${licence}, not ${SHIPPED[name]}.`,
        );
        const terms = licence.replace(/[()]/g, "").split(/ AND | OR /);
        ensure(
          terms.every((term) => ALLOWED.includes(term)),
          `${name} has the licence ${licence}, which is not allowed.`,
        );
      }
      return shipped.length;
    });
    await report.check("the packages that build and test it are written down, too", async () => {
      const cache = await npmCache();
      const tools = (await lockedPackages()).filter(({ name }) => SHIPPED[name] === undefined);
      ensure(
        tools.map(({ name }) => name).toSorted().join(" ") ===
          Object.keys(TOOLS).toSorted().join(" "),
        () => `deno.lock has besides: ${tools.map(({ name }) => name).join(", ")}.`,
      );
      for (const { name, version } of tools) {
        const licence = await licenceOf(cache, name, version);
        ensure(licence === TOOLS[name], `${name} has the licence ${licence}, not ${TOOLS[name]}.`);
        ensure(ALLOWED.includes(licence), `${licence} of ${name} is not allowed.`);
      }
      return tools.length;
    });
  },
};

/** Every package in deno.lock, but esbuild's programs, one for each platform. */
async function lockedPackages(): Promise<readonly { name: string; version: string }[]> {
  const lock = JSON.parse(await Deno.readTextFile(repositoryPath("deno.lock"))) as {
    readonly npm: Readonly<Record<string, unknown>>;
  };
  return Object.keys(lock.npm).flatMap((id) => {
    const [, name = "", version = ""] = /^(.+)@([^@]+)$/.exec(id) ?? [];
    return name.startsWith("@esbuild/") ? [] : [{ name, version }];
  });
}

async function shippedGraph(): Promise<Graph> {
  const { code, stdout, stderr } = await deno("info", "--json", "main.ts");
  ensure(code === 0, stderr);
  return JSON.parse(stdout) as Graph;
}

/** What the program's own modules load, and all that those packages depend on. */
function shippedPackages({ modules, npmPackages }: Graph): readonly Package[] {
  const reached = new Set<string>();
  const waiting = modules.flatMap(({ npmPackage }) => npmPackage ?? []);
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    waiting.push(...npmPackages[id]?.dependencies ?? []);
  }
  return [...reached].flatMap((id) => npmPackages[id] ?? []);
}

/** The folder of the packages that were downloaded. */
async function npmCache(): Promise<string> {
  const { stdout } = await deno("info", "--json");
  const { npmCache } = JSON.parse(stdout) as { readonly npmCache: string };
  for await (const { name, isDirectory } of Deno.readDir(npmCache)) {
    // One folder for each registry that packages came from.
    if (isDirectory) return `${npmCache}/${name}`;
  }
  throw new Error(`${npmCache} holds no packages.`);
}

async function licenceOf(cache: string, name: string, version: string): Promise<string> {
  const file = `${cache}/${name}/${version}/package.json`;
  const { license } = JSON.parse(await Deno.readTextFile(file)) as { readonly license?: unknown };
  ensure(typeof license === "string", `${name} names no licence.`);
  return license;
}

async function deno(...args: string[]) {
  const output = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: repositoryPath("."),
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  return {
    code: output.code,
    stdout: decoder.decode(output.stdout),
    stderr: decoder.decode(output.stderr),
  };
}
