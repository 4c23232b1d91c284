import { assert } from "@caucus/base";
import type {
  StateChange,
  StateInstall,
  StateRange,
  StateRecord,
  StateSnapshot,
  StateStore,
} from "@caucus/kv";
import { GenerationInstall, type Generations } from "../generation-install.ts";
import type { Journal } from "../write.ts";
import type { ByteMap } from "./byte-map.ts";
import type { StorageImage } from "./storage-image.ts";

/** StateStore over a StorageImage that already contains everything written. */
export class MemoryStateStore implements StateStore {
  readonly #image: StorageImage;
  readonly #journal: Journal;
  readonly #generations: Generations;
  #durableWrites = 0;

  constructor(image: StorageImage, journal: Journal, generations: Generations) {
    this.#image = image;
    this.#journal = journal;
    this.#generations = generations;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#state().get(key);
  }

  scan(range: StateRange): readonly StateRecord[] {
    return this.#state().scan(range);
  }

  write(changes: readonly StateChange[]): void {
    this.#journal.append(
      { kind: "state", generation: this.#generations.inForce, changes },
      (error) => {
        if (error === undefined) this.#durableWrites += 1;
      },
    );
  }

  durableWrites(): number {
    return this.#durableWrites;
  }

  snapshot(): StateSnapshot {
    return new MemorySnapshot(this.#state().copy());
  }

  beginInstall(): StateInstall {
    return new GenerationInstall(this.#journal, this.#generations.take());
  }

  #state(): ByteMap {
    return this.#image.state(this.#generations.inForce);
  }
}

class MemorySnapshot implements StateSnapshot {
  readonly #state: ByteMap;
  #position: Uint8Array | undefined;
  #closed = false;

  constructor(state: ByteMap) {
    this.#state = state;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    assert(!this.#closed, "the snapshot is closed");
    return this.#state.get(key);
  }

  next(bytesMax: number): readonly StateRecord[] {
    assert(!this.#closed, "the snapshot is closed");
    const records = this.#state.following(this.#position, bytesMax);
    this.#position = records.at(-1)?.key ?? this.#position;
    return records;
  }

  close(): void {
    this.#closed = true;
  }
}
