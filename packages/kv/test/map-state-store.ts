import { crc32 } from "@caucus/base";
import { compareBytes } from "../src/core/byte-order.ts";
import type {
  StateChange,
  StateInstall,
  StateRange,
  StateRecord,
  StateSnapshot,
  StateStore,
} from "../src/core/state-store.ts";

/** The smallest StateStore: a map that sorts when it is scanned. Durable at once. */
export class MapStateStore implements StateStore {
  #records: Map<string, StateRecord>;
  #writes = 0;

  constructor(records: ReadonlyMap<string, StateRecord> = new Map()) {
    this.#records = new Map(records);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#records.get(latin1(key))?.value;
  }

  scan({ from, to, limit }: StateRange): readonly StateRecord[] {
    const found = [...this.#records.values()].filter(
      ({ key }) => compareBytes(key, from) >= 0 && (to === undefined || compareBytes(key, to) < 0),
    );
    return found.sort((a, b) => compareBytes(a.key, b.key)).slice(0, limit);
  }

  write(changes: readonly StateChange[]): void {
    this.#writes++;
    for (const { key, value } of changes) {
      if (value === undefined) this.#records.delete(latin1(key));
      else this.#records.set(latin1(key), { key: key.slice(), value: value.slice() });
    }
  }

  durableWrites(): number {
    return this.#writes;
  }

  snapshot(): StateSnapshot {
    const frozen = new Map(this.#records);
    const records = this.scan({ from: new Uint8Array(0), to: undefined, limit: frozen.size });
    let next = 0;
    return {
      get: (key) => frozen.get(latin1(key))?.value,
      next(bytesMax) {
        const start = next;
        let bytes = 0;
        for (; next < records.length; next++) {
          const { key, value } = records[next] as StateRecord;
          bytes += key.length + value.length;
          if (bytes > bytesMax && next > start) break;
        }
        return records.slice(start, next);
      },
      close() {},
    };
  }

  beginInstall(): MapInstall {
    return new MapInstall();
  }

  flip(install: MapInstall): void {
    this.#records = new Map(install.records.map((record) => [latin1(record.key), record]));
  }

  reopen(): MapStateStore {
    return new MapStateStore(this.#records);
  }

  /** Differs, all but surely, when two states differ. */
  checksum(): number {
    const all = this.scan({ from: new Uint8Array(0), to: undefined, limit: this.#records.size });
    return all.reduce((sum, { key, value }) => crc32(value, crc32(key, sum)), 0);
  }
}

export class MapInstall implements StateInstall {
  readonly records: StateRecord[] = [];

  put(records: readonly StateRecord[], done: (error?: Error) => void): void {
    this.records.push(...records);
    done();
  }

  seal(done: (error?: Error) => void): void {
    done();
  }

  discard(): void {
    this.records.length = 0;
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
