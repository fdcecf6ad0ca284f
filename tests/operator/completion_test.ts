import assert from "node:assert/strict";
import { bashCompletion } from "../../src/operator/completion/bash.ts";
import { valuesOf } from "../../src/operator/completion/words.ts";
import { zshCompletion } from "../../src/operator/completion/zsh.ts";
import { repositoryPath } from "../support/paths.ts";

/** CI must have both shells. Elsewhere the tests of a missing shell are skipped. */
const IS_CI = Deno.env.get("CI") === "true";

/** The start of a command line, and what bash offers for its last word. */
const LINES: readonly (readonly [string, readonly string[]])[] = [
  ["eks-irsa-sidecar ", ["serve", "preview", "check", "sysprep", "completion", "help", "version"]],
  ["eks-irsa-sidecar pre", ["preview"]],
  ["eks-irsa-sidecar --o", ["--os"]],
  ["eks-irsa-sidecar --os ", ["auto", "linux", "windows"]],
  ["eks-irsa-sidecar serve --log-format ", ["json", "text"]],
  ["eks-irsa-sidecar preview --o", ["--output", "--os"]],
  ["eks-irsa-sidecar preview --output ", ["text", "json", "user-data", "domain"]],
  ["eks-irsa-sidecar preview --token-readers g", ["group:"]],
  ["eks-irsa-sidecar preview --role-arn ", []],
  ["eks-irsa-sidecar preview examples/linux-", [
    "examples/linux-container-path.yaml",
    "examples/linux-webhook.yaml",
  ]],
  // bash splits words at the =.
  ["eks-irsa-sidecar preview --output = ", ["text", "json", "user-data", "domain"]],
  ["eks-irsa-sidecar preview --output = j", ["json"]],
  ["eks-irsa-sidecar check --kubevirt = examples/kube", ["examples/kubevirt.yaml"]],
  ["eks-irsa-sidecar serve --socket examples/kube", ["examples/kubevirt.yaml"]],
  ["eks-irsa-sidecar check --output ", ["text", "json"]],
  ["eks-irsa-sidecar check --kubevirt examples/kube", ["examples/kubevirt.yaml"]],
  ["eks-irsa-sidecar sysprep --output ", ["file", "patch", "command"]],
  ["eks-irsa-sidecar sysprep examples/win", [
    "examples/windows-image.ps1",
    "examples/windows-sysprep.yaml",
    "examples/windows.yaml",
  ]],
  ["eks-irsa-sidecar completion ", ["bash", "zsh"]],
  ["eks-irsa-sidecar help pre", ["preview"]],
  ["eks-irsa-sidecar version ", []],
  ["eks-irsa-sidecar version --", ["--help"]],
];

for (const [line, offers] of LINES) {
  Deno.test({
    name: `bash completes ${JSON.stringify(line)}`,
    ignore: !IS_CI && !await has("bash"),
    fn: async () => {
      const words = line.split(" ");
      const script = `${bashCompletion()}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}
_eks_irsa_sidecar
printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = await run("bash", ["--norc", "-c", script]);
      assert.equal(stderr, "");
      assert.deepEqual(stdout.split("\n").filter(Boolean).sort(), offers.toSorted());
    },
  });
}

Deno.test({
  name: "bash completes file names with spaces, with backslashes or quotes",
  ignore: !IS_CI && !await has("bash"),
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "irsa-completion-" });
    try {
      for (const name of ["my vm.yaml", "my other.yaml", "*.yaml"]) {
        await Deno.writeTextFile(`${folder}/${name}`, "");
      }
      const script = `${bashCompletion()}
cd '${folder}'
for word in 'my\\ v' '"my v' 'my' '\\*'; do
    COMP_WORDS=(eks-irsa-sidecar check "$word") COMP_CWORD=2
    _eks_irsa_sidecar
    printf '%s|' "\${COMPREPLY[@]}"; echo
done`;
      const { stdout, stderr } = await run("bash", ["--norc", "-c", script]);
      assert.equal(stderr, "");
      assert.deepEqual(
        stdout.trimEnd().split("\n").map((line) => line.split("|").filter(Boolean).sort()),
        [["my vm.yaml"], ["my vm.yaml"], ["my other.yaml", "my vm.yaml"], ["*.yaml"]],
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** The start of a command line, and the line after a tab in zsh. */
const ZSH_LINES: readonly (readonly [string, string])[] = [
  ["eks-irsa-sidecar prev", "eks-irsa-sidecar preview "],
  ["eks-irsa-sidecar --os w", "eks-irsa-sidecar --os windows "],
  [
    "eks-irsa-sidecar preview --token-readers g",
    "eks-irsa-sidecar preview --token-readers group: ",
  ],
  [
    "eks-irsa-sidecar serve --token-readers=gr",
    "eks-irsa-sidecar serve --token-readers=group: ",
  ],
  ["eks-irsa-sidecar serve --token-r", "eks-irsa-sidecar serve --token-readers="],
  ["eks-irsa-sidecar preview --output=j", "eks-irsa-sidecar preview --output=json "],
  [
    "eks-irsa-sidecar check --kubevirt examples/kube",
    "eks-irsa-sidecar check --kubevirt examples/kubevirt.yaml ",
  ],
  ["eks-irsa-sidecar check examples/windows.", "eks-irsa-sidecar check examples/windows.yaml "],
  ["eks-irsa-sidecar completion z", "eks-irsa-sidecar completion zsh "],
  ["eks-irsa-sidecar vers", "eks-irsa-sidecar version "],
  ["eks-irsa-sidecar help che", "eks-irsa-sidecar help check "],
];

for (const [line, completed] of ZSH_LINES) {
  Deno.test({
    name: `zsh completes ${JSON.stringify(line)}`,
    ignore: !IS_CI && !await has("zsh"),
    fn: async () => {
      const folder = await Deno.makeTempDir({ prefix: "irsa-completion-" });
      try {
        await Deno.writeTextFile(`${folder}/completion`, zshCompletion());
        await Deno.writeTextFile(`${folder}/line`, line);
        const driver = repositoryPath("tests/operator/complete_in_zsh.zsh");
        const { stdout, stderr } = await run("zsh", ["-f", driver, folder]);
        assert.equal(stderr, "");
        assert.equal(stdout, `${completed}|\n`);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

Deno.test({
  name: "zsh registers the script",
  ignore: !IS_CI && !await has("zsh"),
  fn: async () => {
    const script = `autoload -Uz compinit; compinit -u -D\n${zshCompletion()}
print -r -- $_comps[eks-irsa-sidecar]`;
    const { stdout, stderr } = await run("zsh", ["-f", "-c", script]);
    assert.equal(stderr, "");
    assert.equal(stdout.trim(), "_eks_irsa_sidecar");
  },
});

Deno.test("the values of a flag are those that its help names", () => {
  const of = (value: string) => valuesOf({ value, help: "" });
  assert.equal(of("FILE"), "file");
  assert.equal(of("PATH"), "file");
  assert.equal(of("ARN"), "any");
  assert.deepEqual(of("everyone|root|group:NAME"), ["everyone", "root", "group:"]);
  assert.deepEqual(of("onDefineDomain,preCloudInitIso"), ["onDefineDomain", "preCloudInitIso"]);
});

Deno.test("zsh's script offers every command and the values of its flags", () => {
  const script = zshCompletion();
  assert.match(script, /^#compdef eks-irsa-sidecar\n/);
  assert.match(script, /'preview:show what/);
  assert.match(script, /'--output=\[what to print\]:output:\(text json user-data domain\)'/);
  assert.match(script, /'--kubevirt=\[[^\]]*\]:kubevirt:_files'/);
  assert.match(script, /'--role-arn=\[[^\]]*\]:role-arn:'/);
});

Deno.test("zsh's script describes a flag by the first line of its help, without the default", () => {
  const described = [...zshCompletion().matchAll(/'--([a-z-]+)=\[((?:\\.|[^\]])*)\]/g)];
  const texts = new Map(described.map(([, flag, text]) => [flag, text]));
  assert.equal(texts.get("os"), "the guest");
  assert.equal(texts.get("socket"), "where to listen");
  assert.match(texts.get("virtiofs-socket") ?? "", /, as the compute container sees it$/);
  for (const [flag, text = ""] of texts) assert.match(text, /^[^\n]*[^\n;: ]$/, flag);
});

async function run(program: string, args: readonly string[]) {
  const { stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    cwd: repositoryPath("."),
  }).output();
  const decoder = new TextDecoder();
  return { stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

async function has(program: string): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args: ["-c", "exit 0"] }).output()).success;
  } catch {
    return false;
  }
}
