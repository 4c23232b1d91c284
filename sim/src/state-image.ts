import type { StateChange, StateRange, StateRecord } from "@caucus/kv";

/** Byte strings as strings of code units below 256: same order, usable as map keys. */
export function keyText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** Contents of a state store at one moment: an ordered map of bytes. */
export class StateImage {
  readonly #records = new Map<string, StateRecord>();
  /** Keys in byte order. */
  #order: string[] = [];

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#records.get(keyText(key))?.value;
  }

  /** Records from the first key at or behind `from`, in order. */
  scan(range: StateRange): readonly StateRecord[] {
    const to = range.to === undefined ? undefined : keyText(range.to);
    const found: StateRecord[] = [];
    for (let at = this.#positionOf(keyText(range.from)); at < this.#order.length; at++) {
      const key = this.#order[at] as string;
      if (found.length >= range.limit || (to !== undefined && key >= to)) break;
      found.push(this.#records.get(key) as StateRecord);
    }
    return found;
  }

  write(changes: readonly StateChange[]): void {
    for (const { key, value } of changes) {
      const text = keyText(key);
      const known = this.#records.has(text);
      if (value !== undefined) {
        this.#records.set(text, { key, value });
        if (!known) this.#order.splice(this.#positionOf(text), 0, text);
      } else if (known) {
        this.#records.delete(text);
        this.#order.splice(this.#positionOf(text), 1);
      }
    }
  }

  /** All records in byte order. */
  records(): readonly StateRecord[] {
    return this.#order.map((key) => this.#records.get(key) as StateRecord);
  }

  clone(): StateImage {
    const copy = new StateImage();
    for (const [key, record] of this.#records) copy.#records.set(key, record);
    copy.#order = this.#order.slice();
    return copy;
  }

  /** The first record in which the two differ, as text; undefined when they are equal. */
  difference(other: StateImage): string | undefined {
    const mine = this.#order;
    const theirs = other.#order;
    for (let at = 0; at < Math.max(mine.length, theirs.length); at++) {
      const key = mine[at];
      if (key === undefined || key !== theirs[at]) {
        return `record ${at}: ${JSON.stringify(key)} and ${JSON.stringify(theirs[at])}`;
      }
      const a = this.#records.get(key)?.value as Uint8Array;
      const b = other.#records.get(key)?.value as Uint8Array;
      if (Buffer.compare(a, b) !== 0) {
        return `record ${JSON.stringify(key)}: ${Buffer.from(a).toString("hex")} and ${Buffer.from(b).toString("hex")}`;
      }
    }
    return undefined;
  }

  #positionOf(text: string): number {
    let low = 0;
    let high = this.#order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#order[middle] as string) < text) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
