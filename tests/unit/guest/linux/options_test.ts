import assert from "node:assert/strict";
import { linuxGuest } from "../../../../src/guest/linux/guest.ts";

const problemOf = (mountPath: string) =>
  linuxGuest.optionProblem({ mountPath, mountTag: "aws-iam-token", tokenReaders: "everyone" });

for (
  const path of [
    "/aws-iam-token",
    "/a",
    "/mnt/token",
    "/var/lib/token",
    "/run/token",
    "/run/aws-iam-token-2",
    "/var/running",
    "/mnt/var/run",
    "/run/eks-irsa-sidecar/mount",
    "/run/eks-irsa-sidecar/./mount/",
  ]
) {
  Deno.test(`a Linux guest can mount the share at ${path}`, () => {
    assert.equal(problemOf(path), undefined);
  });
}

const FOLDERS =
  "bin boot dev etc home lib lib64 media mnt opt proc root run sbin srv sys tmp usr var";

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ...["", "/", "//", "/./", "token", "./token", "/a/../b", "/..", "C:\\token"]
    .map((path) => [path, /^--mount-path names no absolute path/] as const),
  ...[...FOLDERS.split(" ").map((name) => `/${name}`), "/usr/", "//var/./run", "/var/run/"]
    .map((path) => [path, /^--mount-path names a folder of the system/] as const),
  ...[
    "/run/aws-iam-token",
    "/run/aws-iam-token/a",
    "/var/run/aws-iam-token",
    "/run/eks-irsa-sidecar",
    "/run/eks-irsa-sidecar/mount/a",
    "/run/eks-irsa-sidecar/mounted",
  ].map((path) => [path, /^--mount-path names a folder that the sidecar's script has/] as const),
];

for (const [path, problem] of REFUSED) {
  Deno.test(`a Linux guest cannot mount the share at ${JSON.stringify(path)}`, () => {
    assert.match(problemOf(path) ?? "", problem);
  });
}

Deno.test("the share is where everyone may enter only if everyone may read the token", () => {
  assert.equal(linuxGuest.defaultMountPath("everyone"), "/aws-iam-token");
  for (const readers of ["root", "group:aws"] as const) {
    assert.equal(linuxGuest.defaultMountPath(readers), "/run/eks-irsa-sidecar/mount");
  }
});
