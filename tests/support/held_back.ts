/** A socket in front of a sidecar's, where a client's call gets stuck until it is let go. */
export interface HeldBack extends AsyncDisposable {
  readonly socket: string;
  /** Resolves once the sidecar was sent the first that the client sends. */
  readonly begun: Promise<void>;
  /** Resolves once the sidecar was sent the beginning of a call, and not its end. */
  readonly stuck: Promise<void>;
  letGo(): void;
}

/**
 * Passes on what one client sends to a sidecar, but after its first bytes waits until it is let go.
 *
 * @param first How many bytes are passed on at once.
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
    // One of the two has gone: the client says what came of its call.
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
