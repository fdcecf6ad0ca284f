/** Serialises the use of things with the same name. */
export class Turns {
  private readonly last = new Map<string, Promise<void>>();

  /** Waits until all earlier users of the same name have disposed of their turn. */
  async take(name: string): Promise<Disposable> {
    const before = this.last.get(name);
    const own = Promise.withResolvers<void>();
    this.last.set(name, own.promise);
    await before;
    return { [Symbol.dispose]: () => own.resolve() };
  }
}
