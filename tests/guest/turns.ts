/** Lets those who want the same thing have it one after the other. */
export class Turns {
  private readonly last = new Map<string, Promise<void>>();

  /** Waits for everybody who asked for the same name before, until they have disposed of theirs. */
  async take(name: string): Promise<Disposable> {
    const before = this.last.get(name);
    const own = Promise.withResolvers<void>();
    this.last.set(name, own.promise);
    await before;
    return { [Symbol.dispose]: () => own.resolve() };
  }
}
