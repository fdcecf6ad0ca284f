import assert from "node:assert/strict";
import { readManifestFiles } from "../../../../src/operator/manifest/read_files.ts";

/** Runs a test with the path of a file that has some bytes. */
async function withFile(
  content: string | Uint8Array<ArrayBuffer>,
  use: (path: string) => Promise<void>,
) {
  const path = await Deno.makeTempFile({ prefix: "irsa-manifest-" });
  try {
    await Deno.writeFile(path, new Uint8Array(await new Response(content).arrayBuffer()));
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("a file is read once, even if it is named twice", async () => {
  await withFile("kind: A\n", async (path) => {
    const manifests = await readManifestFiles([path, path]);
    assert.deepEqual(manifests.map(({ file, kind }) => [file, kind]), [[path, "A"]]);
  });
});

Deno.test("the byte order mark of an editor on Windows is no part of JSON; another one is text", async () => {
  await withFile('\uFEFF{"kind": "A"}', async (path) => {
    assert.deepEqual((await readManifestFiles([path])).map(({ object }) => object), [{
      kind: "A",
    }]);
  });
  await withFile("kind: A\uFEFFB", async (path) => {
    assert.equal((await readManifestFiles([path]))[0]?.kind, "A\uFEFFB");
  });
});

Deno.test("a file that is not UTF-8 is refused with its name", async () => {
  await withFile(new Uint8Array([0xff, 0xfe, 0x61, 0]), async (path) => {
    await assert.rejects(readManifestFiles([path]), {
      name: "ManifestError",
      message: `${path} is not UTF-8: save it as UTF-8 text.`,
    });
  });
});

Deno.test("a folder and a file that is not there are refused with what to do", async () => {
  const folder = Deno.cwd();
  await assert.rejects(readManifestFiles([folder]), {
    name: "ManifestError",
    message: `${folder} is a folder: name the files in it.`,
  });
  await assert.rejects(readManifestFiles(["/nowhere/vm.yaml"]), {
    name: "ManifestError",
    message: "/nowhere/vm.yaml cannot be read: no such file or directory.",
  });
});
