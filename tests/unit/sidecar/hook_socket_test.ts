import assert from "node:assert/strict";
import {
  defaultSocket,
  reasonOf,
  removeStaleSocket,
  StartError,
} from "../../../src/sidecar/hook_socket.ts";

const SOCKETS: readonly (readonly [string | undefined, string])[] = [
  ["hook-sidecar-0", "/var/run/kubevirt-hooks/eks-irsa-hook-sidecar-0.sock"],
  ["hook-sidecar-12", "/var/run/kubevirt-hooks/eks-irsa-hook-sidecar-12.sock"],
  ["", "/var/run/kubevirt-hooks/eks-irsa.sock"],
  [undefined, "/var/run/kubevirt-hooks/eks-irsa.sock"],
];

for (const [containerName, socket] of SOCKETS) {
  Deno.test(`the socket of the container ${JSON.stringify(containerName)} is ${socket}`, () => {
    assert.equal(defaultSocket(containerName), socket);
  });
}

/** Runs a test with the path of a socket that does not exist, in a folder of its own. */
function testSocket(name: string, body: (socket: string) => Promise<void>): void {
  Deno.test(name, async () => {
    const folder = await Deno.makeTempDir({ prefix: "hooks-" });
    try {
      await body(`${folder}/s.sock`);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

testSocket("where nothing is there is nothing to remove", async (socket) => {
  await removeStaleSocket(socket);
});

testSocket(
  "a socket that a process listens on stays, and the connection that found it ends",
  async (socket) => {
    using listener = Deno.listen({ transport: "unix", path: socket });
    await assert.rejects(removeStaleSocket(socket), (error) => {
      assert(error instanceof StartError);
      assert.match(error.message, /s\.sock is served by another process/);
      return true;
    });
    assert((await Deno.lstat(socket)).isSocket);
    using connection = await listener.accept();
    assert.equal(await connection.read(new Uint8Array(1)), null);
  },
);

testSocket("a file stays", async (socket) => {
  await Deno.writeTextFile(socket, "text");
  await assert.rejects(removeStaleSocket(socket), StartError);
  assert.equal(await Deno.readTextFile(socket), "text");
});

testSocket("a symbolic link stays, wherever it points", async (socket) => {
  await Deno.symlink(`${socket}-elsewhere`, socket);
  await assert.rejects(removeStaleSocket(socket), StartError);
  assert((await Deno.lstat(socket)).isSymlink);
});

testSocket("a path through a file is an error that says so", async (socket) => {
  await Deno.writeTextFile(socket, "text");
  await assert.rejects(removeStaleSocket(`${socket}/s.sock`), {
    name: "StartError",
    message: /s\.sock\/s\.sock cannot be examined: not a directory\. /,
  });
});

Deno.test("a reason is the system's own words, or an error's first line", () => {
  assert.throws(() => Deno.lstatSync("/nowhere/at/all"), (error) => {
    assert.equal(reasonOf(error), "no such file or directory");
    return true;
  });
  assert.equal(reasonOf(new Error("first\nsecond")), "first");
  assert.equal(reasonOf("text"), "text");
});
