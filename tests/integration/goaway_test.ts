/**
 * Clients that end their connections with GOAWAY, which Deno's HTTP/2 does not survive (denoland/deno issue
 * 36788; src/sidecar/transport/client_connection.ts).
 */
import assert from "node:assert/strict";
import {
  ACK,
  concat,
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  grpcMessage,
  OPENED,
  RawConnection,
  requestHeaders,
} from "../support/http2_frames.ts";
import { rawCall } from "../support/raw_call.ts";
import { IRSA_ENVIRONMENT, startSidecar } from "../support/sidecar.ts";
import { VirtLauncher } from "../support/virt_launcher.ts";

interface Call {
  readonly path: string;
  readonly request: Uint8Array;
  /** The status that the call gets. */
  readonly code: number;
}

const ANSWERED: Call = {
  path: "/kubevirt.hooks.info.Info/Info",
  request: new Uint8Array(),
  code: 0,
};

const CALLS: Readonly<Record<string, Call>> = {
  "answered": ANSWERED,
  "refused as UNIMPLEMENTED": {
    path: "/kubevirt.hooks.info.Info/Nothing",
    request: new Uint8Array(),
    code: 12,
  },
  "refused as INVALID_ARGUMENT": {
    path: "/kubevirt.hooks.v1alpha3.Callbacks/OnDefineDomain",
    // The field domainXML, which is not XML.
    request: Uint8Array.of(0x0a, 1, 0x3c),
    code: 3,
  },
};

const CLIENTS: Readonly<Record<string, (socket: string, call: Call) => Promise<void>>> = {
  "grpc-js": async (socket, { path, request, code }) => {
    assert.equal((await rawCall(socket, path, request)).code, code);
  },
  "grpc-go": callAsGrpcGo,
};

/** Connections of each kind of client with each kind of call. */
const CONNECTIONS = 500;

/**
 * glibc then fills memory that is freed with these bytes (mallopt(3)), so that a program that still uses it
 * fails at once. Other C libraries ignore the variable.
 */
const ENVIRONMENT = { ...IRSA_ENVIRONMENT, MALLOC_PERTURB_: "165" };

Deno.test("3,000 connections that end with GOAWAY leave the sidecar alive", async () => {
  await using sidecar = await startSidecar({ env: ENVIRONMENT });
  let count = 0;
  for (const [client, connect] of Object.entries(CLIENTS)) {
    for (const [outcome, call] of Object.entries(CALLS)) {
      for (let number = 0; number < CONNECTIONS; number++) {
        await connect(sidecar.socket, call).catch((error) => {
          throw new Error(`${client}, ${outcome}, after ${count} connections: ${error}`);
        });
        count++;
      }
    }
  }
  assert.equal(count, 3_000);
  assert.equal((await new VirtLauncher(sidecar.socket).info()).name, "eks-irsa");
  assert.equal((await sidecar.stop()).code, 0);
});

const HEADERS = frame(FRAME.headers, END_HEADERS, 1, requestHeaders(ANSWERED.path));
const MESSAGE = frame(FRAME.data, END_STREAM, 1, grpcMessage(ANSWERED.request));
const NO_ERROR = 0;
const INTERNAL_ERROR = 2;
const PING_ACK = frame(FRAME.ping, ACK, 0, new Uint8Array(8));

const answered = (connection: RawConnection) =>
  connection.frames().some(({ stream, flags, type }) =>
    stream === 1 && type === FRAME.headers && (flags & END_STREAM) !== 0
  );
const closed = (connection: RawConnection) => connection.closed;

/** What a client sends, in chunks, and what it waits for after each. */
const ENDINGS: Readonly<
  Record<string, readonly (readonly [Uint8Array, (connection: RawConnection) => boolean])[]>
> = {
  "GOAWAY before a call": [[concat(OPENED, goAway(NO_ERROR)), closed]],
  "GOAWAY with an error before a call": [[concat(OPENED, goAway(INTERNAL_ERROR)), closed]],
  "GOAWAY after an answer": [
    [concat(OPENED, HEADERS, MESSAGE), answered],
    [goAway(NO_ERROR), closed],
  ],
  "GOAWAY with an error after an answer": [
    [concat(OPENED, HEADERS, MESSAGE), answered],
    [goAway(INTERNAL_ERROR), closed],
  ],
  "GOAWAY with the end of a request": [
    [concat(OPENED, HEADERS, MESSAGE, goAway(NO_ERROR)), answered],
  ],
  "GOAWAY with an error and the end of a request": [
    [concat(OPENED, HEADERS, MESSAGE, goAway(INTERNAL_ERROR)), answered],
  ],
  "GOAWAY in the middle of a request": [
    [concat(OPENED, HEADERS, goAway(NO_ERROR)), () => true],
    [MESSAGE, answered],
  ],
  "GOAWAY with an error in the middle of a request": [
    [concat(OPENED, HEADERS, goAway(INTERNAL_ERROR)), () => true],
    [MESSAGE, answered],
  ],
  "an ACK of a PING that was not sent": [
    [concat(OPENED, PING_ACK, HEADERS, MESSAGE), answered],
  ],
};

Deno.test("no end of a connection makes the sidecar use memory that is freed", async (test) => {
  await using sidecar = await startSidecar({ env: ENVIRONMENT });
  for (const [ending, chunks] of Object.entries(ENDINGS)) {
    await test.step(ending, async () => {
      using connection = await RawConnection.open(sidecar.socket);
      for (const [chunk, happened] of chunks) {
        await connection.send(chunk);
        await connection.until(happened);
      }
      assert.equal((await new VirtLauncher(sidecar.socket).info()).name, "eks-irsa");
    });
  }
  assert.equal((await sidecar.stop()).code, 0);
});

/**
 * A call as grpc-go makes it. It ends the connection with GOAWAY and does not wait for an answer to that
 * (grpc/grpc-go internal/transport/http2_client.go, Close).
 */
async function callAsGrpcGo(socket: string, { path, request, code }: Call): Promise<void> {
  using connection = await RawConnection.open(socket);
  await connection.send(OPENED);
  await connection.until((it) => it.frames().some(({ type }) => type === FRAME.settings));
  await connection.send(
    frame(FRAME.settings, ACK, 0),
    frame(FRAME.headers, END_HEADERS, 1, requestHeaders(path)),
    frame(FRAME.data, END_STREAM, 1, grpcMessage(request)),
  );
  await connection.until(answered);
  const hasMessage = connection.frames().some(({ type }) => type === FRAME.data);
  assert.equal(hasMessage, code === 0);
  await connection.send(goAway(NO_ERROR, "client transport shutdown"));
}

/** A GOAWAY of a client that knows no stream of its server. */
function goAway(errorCode: number, debugData = ""): Uint8Array {
  const payload = new DataView(new ArrayBuffer(8));
  payload.setUint32(4, errorCode);
  return frame(
    FRAME.goAway,
    0,
    0,
    concat(new Uint8Array(payload.buffer), new TextEncoder().encode(debugData)),
  );
}
