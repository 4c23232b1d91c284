/**
 * Starting and leaving are promises of the driver. The simulation waits for what they do between two
 * events, so that time stands still meanwhile and the order of everything is the seed's alone.
 */
export class Turns {
  readonly #starts: Promise<void>[] = [];
  readonly #leaving = new Set<object>();

  /** Nothing else happens before `start` is done. */
  begin(start: Promise<void>): void {
    this.#starts.push(start);
  }

  /** From now on `process` may go on after any event, until {@link left}. */
  leaves(process: object): void {
    this.#leaving.add(process);
  }

  left(process: object): void {
    this.#leaving.delete(process);
  }

  get isWaiting(): boolean {
    return this.#starts.length > 0 || this.#leaving.size > 0;
  }

  /** Lets promises go on. */
  async run(): Promise<void> {
    while (this.#starts.length > 0) await this.#starts.shift();
    if (this.#leaving.size > 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
