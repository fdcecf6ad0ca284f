import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Server, type ServiceDefinition } from "@grpc/grpc-js";
import {
  END_HEADERS,
  FRAME,
  frame,
  OPENED,
  RawConnection,
  requestHeaders,
} from "../../../support/http2_frames.ts";
import { Listening } from "../listening.ts";

/** As many clients as may be connected at once. */
const LIMIT = 128;

const HALF_A_CALL = frame(FRAME.headers, END_HEADERS, 1, requestHeaders("/a.Service/Method"));

/** A service whose calls are never asked to the end. */
const SERVICE: ServiceDefinition = {
  Method: {
    path: "/a.Service/Method",
    requestStream: false,
    responseStream: false,
    requestSerialize: Buffer.from,
    requestDeserialize: Buffer.from,
    responseSerialize: Buffer.from,
    responseDeserialize: Buffer.from,
  },
};

function listening(): Listening {
  const server = new Server();
  server.addService(SERVICE, { Method: () => {} });
  return new Listening(server);
}

/** A client that has been accepted. */
async function connect(socket: string, ...further: readonly Uint8Array[]): Promise<RawConnection> {
  const connection = await RawConnection.open(socket);
  await connection.send(OPENED, ...further);
  await connection.ping();
  return connection;
}

Deno.test("one client more than the limit takes the place of the one that is idle for the longest time", async () => {
  await using server = listening();
  const { socket } = server;
  using busy = await connect(socket, HALF_A_CALL);
  using oldest = await connect(socket);
  using stack = new DisposableStack();
  const others: RawConnection[] = [];
  while (others.length < LIMIT - 2) others.push(stack.use(await connect(socket)));
  await oldest.ping();
  using last = await connect(socket);
  await oldest.until(({ closed }) => closed);
  await Promise.all([busy, ...others, last].map((connection) => connection.ping()));
});

Deno.test("the socket is removed when it is closed, and no client can connect then", async () => {
  await using server = listening();
  await server.close();
  await assert.rejects(Deno.lstat(server.socket), Deno.errors.NotFound);
  await assert.rejects(RawConnection.open(server.socket), Deno.errors.NotFound);
});

Deno.test("nobody is connected: that is told once after the last client, and not before", async () => {
  await using server = listening();
  const { socket } = server;
  const [one, other] = [await connect(socket), await connect(socket)];
  one[Symbol.dispose]();
  await other.ping();
  assert.equal(server.idleTimes, 0);
  other[Symbol.dispose]();
  while (server.idleTimes === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(server.idleTimes, 1);
});
