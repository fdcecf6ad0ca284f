import assert from "node:assert/strict";
import { parseCommandLine, UsageError } from "../../../src/cli/command_line.ts";

/** Arguments, and the error message, which is one line. */
const MISTAKES: readonly (readonly [readonly string[], RegExp])[] = [
  [
    ["sevre"],
    /"sevre"\. Did you mean serve\? Valid commands: serve, preview, check, sysprep, completion, help, version; the default is serve/,
  ],
  [["serve", "vm.yaml"], /^Unknown command "vm\.yaml"\. Valid/],
  [["--os", "linux", "preview"], /^The command preview must come first\.$/],
  [["help", "chek"], /^Unknown command "chek"\. Did you mean check\?/],
  [["help", "check", "preview"], /^The command help explains one command at a time\.$/],
  [["version", "v1alpha3"], /^The command version takes no arguments\.$/],
  [
    ["--version"],
    /^The flag --version needs a value: v1alpha1.*\. The command version prints the version of the program\.$/,
  ],
  [["-v"], /The command version prints/],
  [["-V"], /The command version prints/],
  [["check", "a", "--kubvirt", "b"], /^Unknown flag --kubvirt\. Did you mean --kubevirt\? Valid/],
  [["-x"], /^Unknown flag -x\. Valid flags: /],
  [["--output", "text"], /^Unknown flag --output\. Valid flags: --version, --socket, .*--help\.$/],
  [["preview", "vm.yaml", "--socket", "x"], /^Unknown flag --socket\. Valid flags: --role-arn, /],
  [["preview"], /^The command preview needs a manifest: a FILE, or - for the standard input\.$/],
  [
    ["preview", "a", "--output", "yaml"],
    /--output cannot be "yaml"\. Valid values: domain, json, text, user-data/,
  ],
  [["preview", "a", "--os", "mac"], /--os cannot be "mac"\. Valid values: auto, linux, windows\.$/],
  [
    ["--delivery", "both"],
    /--delivery cannot be "both"\. Valid values: auto, cloud-init, domain\.$/,
  ],
  [
    ["--hooks", "preCloudInitIso", "--delivery", "domain"],
    /--delivery cannot be domain without onDefineDomain in --hooks/,
  ],
  [["preview", "a", "--role-arn"], /^The flag --role-arn needs a value: ARN\.$/],
  [
    ["preview", "a", "--role-arn", "arn:aws:iam::1:role/x"],
    /^The flag --role-arn cannot be "arn:aws:iam::1:role\/x"\. Use arn:aws:iam::ACCOUNT/,
  ],
  [["preview", "a", "--role-arn", "--region=x"], /^The flag --role-arn needs a value: ARN\. One/],
  [["check", "a", "--kubevirt", "--", "b"], /^The flag --kubevirt needs a value: FILE\. One that/],
  [["preview", "a", "--mount-tag", "x".repeat(37)], /--mount-tag has more than 36 bytes/],
  [["preview", "a", "--mount-path", "relative"], /^The flag --mount-path names no absolute path/],
  [["check"], /^The command check needs a manifest/],
  [["check", "a", "--kubevirt="], /^The flag --kubevirt needs a value: FILE\.$/],
  [["check", "a", "--output", "user-data"], /cannot be "user-data"\. Valid values: json, text\.$/],
  [
    ["completion"],
    /^The command completion needs the name of one shell\. Valid shells: bash, zsh\.$/,
  ],
  [
    ["completion", "fish"],
    /^The command completion knows no shell "fish"\. Valid shells: bash, zsh\.$/,
  ],
  [["completion", "bash", "zsh"], /needs the name of one shell\. Valid shells: bash, zsh\.$/],
  [["completion", "--x"], /^Unknown flag --x\. Valid flags: --help\.$/],
];

for (const [args, message] of MISTAKES) {
  Deno.test(`mistake: ${args.join(" ")}`, () => {
    assert.throws(() => parseCommandLine(args), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, message);
      assert.ok(!error.message.includes("\n"));
      return true;
    });
  });
}

Deno.test("without a command, serve runs with the same options", () => {
  const args = ["--os", "windows", "--version=v1alpha3", "--hooks", "onDefineDomain"];
  assert.deepEqual(parseCommandLine(args), parseCommandLine(["serve", ...args]));
});

Deno.test("a value may start with a hyphen if it is joined to its flag; a lone hyphen is a file", () => {
  const command = parseCommandLine(["serve", "--socket=--y"]);
  assert.ok(command.name === "serve");
  assert.equal(command.options.socket, "--y");
  const check = parseCommandLine(["check", "a", "--service-account", "-"]);
  assert.ok(check.name === "check");
  assert.deepEqual(check.options.serviceAccountFiles, ["-"]);
});

Deno.test("while the guest is not known, an option that one of the guests can have is accepted", () => {
  for (const mountPath of ["/token", "C:\\token"]) {
    const command = parseCommandLine(["--mount-path", mountPath]);
    assert.ok(command.name === "serve");
    assert.equal(command.options.mountPath, mountPath);
  }
  parseCommandLine(["--token-readers", "root"]);
  parseCommandLine(["--version", "v1alpha1"]);
  parseCommandLine(["--version", "v1alpha1", "--hooks", "onDefineDomain"]);
});

const DELIVERIES: readonly (readonly [readonly string[], string])[] = [
  [[], "auto"],
  [["--delivery", "domain"], "domain"],
  [["--delivery", "cloud-init"], "cloud-init"],
  [["--hooks", "onDefineDomain"], "domain"],
  [["--version", "v1alpha1"], "domain"],
  [["--hooks", "preCloudInitIso"], "cloud-init"],
  [["--hooks", "onDefineDomain", "--delivery", "cloud-init"], "cloud-init"],
];

for (const [args, delivery] of DELIVERIES) {
  Deno.test(`the delivery with "${args.join(" ")}": ${delivery}`, () => {
    const command = parseCommandLine(args);
    assert.ok(command.name === "serve");
    assert.equal(command.options.delivery, delivery);
  });
}

Deno.test("the options of check", () => {
  const command = parseCommandLine(
    [
      ...["check", "a", "--service-account", "b", "-", "--service-account=c", "--kubevirt", "d"],
      ...["--trust-policy", "e", "--token-audience", "openshift", "--token-file", "/f/token"],
    ],
  );
  assert.deepEqual(command, {
    name: "check",
    options: {
      files: ["a", "-"],
      serviceAccountFiles: ["b", "c"],
      kubevirtFiles: ["d"],
      trustPolicyFiles: ["e"],
      tokenAudience: "openshift",
      tokenFile: "/f/token",
      output: "text",
    },
  });
});
