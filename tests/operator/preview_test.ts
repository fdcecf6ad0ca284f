import assert from "node:assert/strict";
import { styleFor } from "../../src/cli/style.ts";
import { diffLine, previewText } from "../../src/operator/preview/text.ts";
import { s390x } from "./check_case.ts";
import { optedIn } from "./check_cases_admission.ts";
import { all, args, type Edit, userData } from "./edit.ts";
import { preview, reportOf } from "./previewed.ts";

Deno.test("the text is a table of what the sidecar would do, and names the command that finds mistakes", async () => {
  const { code, stdout, stderr } = await preview(() => {});
  assert.deepEqual([code, stderr], [0, ""]);
  const text = stdout.replaceAll(/\d+(?= (characters|bytes))/g, "N").replace(
    /<address [^/]*\/>/,
    "…",
  );
  assert.equal(
    text,
    `VirtualMachine team/vm (vm.yaml:1)
  Sidecar    eks-irsa-sidecar:0.1.0
  Guest      linux (the image is registry.example/fedora:42)
  Identity   IRSA
  Role       arn:aws:iam::111122223333:role/app (by the annotation of the service account app)
  Delivery   by the cloud-init data; without cloud-init, by the domain to systemd 256 or later
  Token      /run/aws-iam-token/token in the guest, readable by every user
             from the virtiofs share aws-iam-token, mounted at /aws-iam-token
  Variables  AWS_DEFAULT_REGION=us-east-1
             AWS_REGION=us-east-1 (an example: EKS sets the cluster's region; set it here with --region)
             AWS_ROLE_ARN=arn:aws:iam::111122223333:role/app
             AWS_STS_REGIONAL_ENDPOINTS=regional
             AWS_WEB_IDENTITY_TOKEN_FILE=/run/aws-iam-token/token
  User data  a message (the original is: #cloud-config)
             added     text/cloud-boothook, eks-irsa-sidecar.sh, N bytes
             original  text/plain, part-001, N bytes
             added     text/part-handler, eks-irsa-sidecar.py, N bytes
  Domain          <system></system>
             +    <oemStrings>
             +      <entry>io.systemd.credential.binary:systemd.extra-unit.eks-irsa-sidecar.service=…</entry> (N characters: the unit that runs the script)
             +      <entry>io.systemd.credential.binary:systemd.unit-dropin.sysinit.target=…</entry> (N characters: a drop-in that starts the unit)
             +      <entry>eks-irsa-sidecar:gzip=…</entry> (N characters: the script with the settings)
             +    </oemStrings>
                </sysinfo>
                  </filesystem>
             +    <filesystem type="mount" accessmode="passthrough"><driver type="virtiofs" queue="1024"/><source socket="/var/run/kubevirt/virtiofs-containers/aws-iam-token.sock"/><target dir="aws-iam-token"/>…</filesystem>
                </devices>

To find mistakes, run: eks-irsa-sidecar check vm.yaml
`,
  );
});

Deno.test("JSON has the same facts", async () => {
  const { domain, log, ...report } = await reportOf(all(userData(""), optedIn));
  const file = "/run/aws-iam-token/token";
  const variables = {
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_REGION: "us-east-1",
    AWS_ROLE_ARN: "arn:aws:iam::111122223333:role/app",
    AWS_STS_REGIONAL_ENDPOINTS: "regional",
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
  };
  const [script, handler] = report.userData.parts;
  assert.ok(script.bytes > 1000 && handler.bytes > 1000);
  assert.deepEqual(report, {
    virtualMachine: "VirtualMachine team/vm",
    file: "vm.yaml",
    line: 1,
    sidecar: "ghcr.io/eks-irsa-sidecar/eks-irsa-sidecar:0.1.0",
    sidecarProblem: null,
    admission: {
      outcome: "enrolled",
      added: ["the sidecar", "the volume web-identity", "the filesystem web-identity"],
    },
    guest: { os: "linux", evidence: "the image is registry.example/fedora:42" },
    identity: { kind: "web identity", agent: null },
    role: {
      arn: variables.AWS_ROLE_ARN,
      source: "by the annotation of the service account app",
    },
    region: {
      name: "us-east-1",
      source: "an example: EKS sets the cluster's region; set it here with --region",
    },
    token: {
      file,
      readers: "everyone",
      shareTag: "web-identity",
      shareMountedAt: "/aws-iam-token",
    },
    variables,
    leftOut: [],
    delivery: { way: "both", notByDomain: null },
    userData: {
      outcome: "injected",
      format: "empty",
      parts: [
        { ...script, isAdded: true, type: "text/cloud-boothook", filename: "eks-irsa-sidecar.sh" },
        { ...handler, isAdded: true, type: "text/part-handler", filename: "eks-irsa-sidecar.py" },
      ],
    },
    warnings: [],
  });
  assert.equal(domain.deviceSocket, null);
  assert.ok(domain.diff.every((line: string) => /^[ +-]/.test(line)));
  assert.match(log[0].message, /^The guest gets the role through its cloud-init data/);
});

Deno.test("the domain is a diff, and on a terminal a coloured one", async () => {
  const { code, stdout } = await preview(() => {}, ["--output", "domain"]);
  assert.equal(code, 0);
  assert.match(
    stdout,
    /^--- VirtualMachine team\/vm: the relevant parts .*\n\+\+\+ VirtualMachine team\/vm: with the sidecar\n {5}<system><\/system>\n\+ {4}<oemStrings>\n/,
  );
  const { quiet, good, bad } = styleFor(true, { TERM: "xterm" });
  const coloured = (line: string) => diffLine(line, styleFor(true, { TERM: "xterm" }));
  assert.equal(coloured(" \ta"), quiet("   a"));
  assert.equal(coloured("+\ta"), good("+  a"));
  assert.equal(coloured("-\ta\t"), bad("-  a  "));
});

Deno.test("the user data is printed as the guest gets it, or as it was where nothing is added", async () => {
  const { stdout } = await preview(() => {}, ["--output", "user-data"]);
  assert.match(stdout, /^MIME-Version: 1\.0\n/);
  assert.ok(stdout.includes(`\n${btoa("#cloud-config\n")}\n`), "the original");
  assert.ok(stdout.length > 20_000);
  for (const original of ["just words\n", "\uFEFFjust words\n"]) {
    assert.equal((await preview(userData(original), ["--output", "user-data"])).stdout, original);
  }
});

Deno.test("the next command has the same files", async () => {
  const { stdout } = await preview(() => {}, ["-"]);
  assert.match(stdout, /^To find mistakes, run: eks-irsa-sidecar check vm\.yaml vm\.yaml$/m);
});

Deno.test("on a terminal, user data that stays as it is stands out where the guest gets no role", async () => {
  const style = styleFor(true, { TERM: "xterm" });
  const text = "unchanged: the sidecar does not subscribe to preCloudInitIso";
  const textOfHooks = async (edit: Edit) =>
    previewText(await reportOf(all(edit, args("--hooks", "onDefineDomain"))), style);
  assert.ok((await textOfHooks(s390x)).includes(style.doubtful(text)));
  const served = await textOfHooks(() => {});
  assert.ok(served.includes(text) && !served.includes(style.doubtful(text)));
});
