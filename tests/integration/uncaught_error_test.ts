import assert from "node:assert/strict";
import {
  END_HEADERS,
  FRAME,
  frame,
  OPENED,
  RawConnection,
  requestHeaders,
} from "../support/http2_frames.ts";
import { startSidecar } from "../support/sidecar.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";

/** Frames that HTTP/2 does not allow on stream 1 (RFC 9113, sections 4.2, 6.4 and 6.9). */
const BAD_FRAMES: Readonly<Record<string, Uint8Array>> = {
  "a window of 0 bytes more": frame(FRAME.windowUpdate, 0, 1, new Uint8Array(4)),
  "a reset that is too short": frame(FRAME.reset, 0, 1, new Uint8Array(3)),
  "more data than a frame may have": frame(FRAME.data, 0, 1, new Uint8Array(20_000)),
};

for (const [name, bad] of Object.entries(BAD_FRAMES)) {
  // @grpc/grpc-js has refused the call and no longer listens to its stream when the error comes.
  Deno.test(`after a call of no method, ${name}: the sidecar logs the error, and goes on`, async () => {
    await using sidecar = await startSidecar();
    using connection = await RawConnection.open(sidecar.socket);
    const noMethod = frame(FRAME.headers, END_HEADERS, 1, requestHeaders("/no.Service/Method"));
    await connection.send(OPENED, noMethod, bad);
    await sidecar.logged("A connection has ended with an error that nothing has caught.");
    assert.equal((await new VirtLauncher(sidecar.socket).info()).name, "eks-irsa");
    const [event] = sidecar.events.filter(({ kind }) => kind !== undefined);
    assert.equal(event?.level, "warning");
    assert.equal(event?.kind, "Error");
    assert.equal((await sidecar.stop()).code, 0);
  });
}
