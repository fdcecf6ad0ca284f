import { Buffer } from "node:buffer";
import * as grpc from "@grpc/grpc-js";

/** What came of a call. */
export interface Outcome {
  readonly code: grpc.status;
  readonly details: string;
}

/**
 * Makes one call of `@grpc/grpc-js`, on a connection of its own, with any bytes to any path.
 *
 * @param deadline How long the call may take, in milliseconds.
 */
export async function rawCall(
  socket: string,
  path: string,
  request: Uint8Array,
  deadline = 10_000,
): Promise<Outcome> {
  const client = new grpc.Client(`unix:${socket}`, grpc.credentials.createInsecure(), {
    "grpc.use_local_subchannel_pool": 1,
    "grpc.default_authority": "localhost",
    "grpc.max_send_message_length": -1,
    "grpc.max_receive_message_length": -1,
  });
  try {
    return await new Promise<Outcome>((resolve) => {
      client.makeUnaryRequest<Uint8Array, Uint8Array>(
        path,
        (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
        (bytes) => bytes,
        request,
        { deadline: Date.now() + deadline },
        (error) => {
          resolve({ code: error?.code ?? grpc.status.OK, details: error?.details ?? "" });
        },
      );
    });
  } finally {
    client.close();
  }
}
