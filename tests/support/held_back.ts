/** A proxy in front of a sidecar's socket, which holds back a part of a client's call. */
export interface HeldBack extends AsyncDisposable {
  readonly socket: string;
  /** Resolves once the sidecar was sent the first that the client sends. */
  readonly begun: Promise<void>;
  /** Resolves when the sidecar has been sent the start of a call, without its end. */
  readonly stuck: Promise<void>;
  letGo(): void;
}

/**
 * Forwards what one client sends to a sidecar: the first bytes at once, the rest when it is let go.
 *
 * @param first The number of bytes that are forwarded at once.
 */
export async function holdBack(sidecarSocket: string, first: number): Promise<HeldBack> {
  const folder = await Deno.makeTempDir({ prefix: "held-" });
  const socket = `${folder}/held.sock`;
  const listener = Deno.listen({ transport: "unix", path: socket });
  const begun = Promise.withResolvers<void>();
  const stuck = Promise.withResolvers<void>();
  const letGo = Promise.withResolvers<void>();
  const passing = (async () => {
    const client = await listener.accept();
    const sidecar = await Deno.connect({ transport: "unix", path: sidecarSocket });
    const answers = sidecar.readable.pipeTo(client.writable).catch(() => {});
    const writer = sidecar.writable.getWriter();
    let left = first;
    for await (const bytes of client.readable) {
      await writer.write(bytes.subarray(0, left));
      begun.resolve();
      if (bytes.length > left) {
        stuck.resolve();
        await letGo.promise;
        await writer.write(bytes.subarray(left));
        left = Infinity;
      } else {
        left -= bytes.length;
      }
    }
    await writer.close();
    await answers;
  })().catch(() => {
    // One side has closed the connection. The client reports the outcome of its call.
  });
  return {
    socket,
    begun: begun.promise,
    stuck: stuck.promise,
    letGo: () => letGo.resolve(),
    async [Symbol.asyncDispose]() {
      letGo.resolve();
      listener.close();
      await passing;
      await Deno.remove(folder, { recursive: true });
    },
  };
}
