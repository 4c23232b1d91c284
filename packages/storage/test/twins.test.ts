/** The same random writes to RocksDB and to memory: every read must agree, also after reopening. */
import assert from "node:assert/strict";
import { it } from "node:test";
import { createSeededRng, nextInteger, type Rng } from "@caucus/base";
import type { StateChange } from "@caucus/kv";
import { EMPTY_CONFIGURATION, type Entry, type HardState, type LogBatch } from "@caucus/raft";
import { DeferredJournal, MemoryStorage, openStorage, StorageImage } from "@caucus/storage";
import { temporaryDirectory } from "./child-process.ts";
import { batch, type StorageUnderTest, settled } from "./harness.ts";

const SEEDS = 4;
const STEPS = 150;
/** Small, so that most reads mix cached entries with those of the database. */
const ENTRY_CACHE_BYTES = 500;

for (let seed = 1; seed <= SEEDS; seed++) {
  it(`S1, S7, S8: RocksDB reads as its twin in memory does, seed ${seed}`, async () => {
    const directory = await temporaryDirectory();
    const twins = new Twins(createSeededRng(seed), directory.path);
    try {
      await twins.open();
      for (let step = 0; step < STEPS; step++) await twins.step();
    } finally {
      await twins.close();
      await directory.remove();
    }
  });
}

type Stores = Pick<StorageUnderTest, "logStore" | "stateStore" | "close">;

class Twins {
  readonly #rng: Rng;
  readonly #directory: string;
  readonly #image = new StorageImage("0123456789abcdef0123456789abcdef");
  #rocks: Stores | undefined;
  #memory: Stores | undefined;
  #first = 1;
  #last = 0;
  #hardState: HardState = { term: 0, vote: undefined };

  constructor(rng: Rng, directory: string) {
    this.#rng = rng;
    this.#directory = directory;
  }

  async open(): Promise<void> {
    const limit = { entryCacheBytes: ENTRY_CACHE_BYTES };
    this.#rocks = await openStorage({ directory: this.#directory, label: 1, ...limit });
    const journal = new DeferredJournal((run) => void setImmediate(run));
    const { logStore, stateStore } = new MemoryStorage(this.#image, journal);
    this.#memory = { logStore, stateStore, close: () => settled((done) => logStore.close(done)) };
    assert.deepEqual(this.#rocks.logStore.opened, logStore.opened);
  }

  async close(): Promise<void> {
    await this.#rocks?.close();
    await this.#memory?.close();
  }

  async step(): Promise<void> {
    const choice = nextInteger(this.#rng, 30);
    if (choice === 0) {
      await this.close();
      await this.open();
    } else if (choice === 1) {
      await this.#install();
    } else if (choice < 4 && this.#last >= this.#first) {
      this.#compact();
    } else if (choice < 15) {
      this.#writeState();
    } else {
      // Sometimes the next steps meet entries that the database has not taken yet.
      const written = this.#write(this.#batch());
      if (nextInteger(this.#rng, 3) === 0) await written;
    }
    this.#compare();
  }

  get #both(): readonly Stores[] {
    assert.ok(this.#rocks !== undefined && this.#memory !== undefined);
    return [this.#rocks, this.#memory];
  }

  #write(parts: Partial<LogBatch>): Promise<unknown> {
    return Promise.all(
      this.#both.map(({ logStore }) => settled((done) => logStore.write(batch(parts), done))),
    );
  }

  #batch(): Partial<LogBatch> {
    const newTerm = this.#hardState.term === 0 || nextInteger(this.#rng, 4) === 0;
    if (newTerm) this.#hardState = { term: this.#hardState.term + 1, vote: "e".repeat(32) };
    const back = newTerm ? nextInteger(this.#rng, this.#last - this.#first + 2) : 0;
    const from = this.#last + 1 - Math.min(back, 20);
    const entries = Array.from({ length: nextInteger(this.#rng, 6) }, (_, i): Entry => {
      const data = new Uint8Array(nextInteger(this.#rng, 100)).fill(nextInteger(this.#rng, 256));
      return { index: from + i, term: this.#hardState.term, kind: "command", data };
    });
    if (entries.length > 0) this.#last = from + entries.length - 1;
    return { entries, hardState: newTerm ? this.#hardState : undefined };
  }

  #compact(): void {
    const index = this.#first + nextInteger(this.#rng, this.#last - this.#first + 1);
    for (const { logStore } of this.#both) logStore.compact(index, logStore.term(index));
    this.#first = index + 1;
  }

  #writeState(): void {
    const changes = Array.from({ length: 1 + nextInteger(this.#rng, 4) }, (): StateChange => {
      const key = Uint8Array.of(nextInteger(this.#rng, 40), 0xff);
      const value = new Uint8Array(nextInteger(this.#rng, 10)).fill(nextInteger(this.#rng, 256));
      return { key, value: nextInteger(this.#rng, 3) === 0 ? undefined : value };
    });
    for (const { stateStore } of this.#both) stateStore.write(changes);
  }

  async #install(): Promise<void> {
    const span = this.#last - this.#first;
    const index = this.#first + nextInteger(this.#rng, Math.max(1, span + 10));
    const term = this.#hardState.term;
    const meta = { index, term, configuration: EMPTY_CONFIGURATION, configurationIndex: 0 };
    const value = Uint8Array.of(nextInteger(this.#rng, 256));
    const flips = this.#both.map(async ({ logStore, stateStore }) => {
      const generation = stateStore.beginInstall();
      const key = Uint8Array.of(7, 0xff);
      await settled((done) => generation.put([{ key, value }], done));
      await settled((done) => generation.seal(done));
      const install = { meta, generation, discard: () => generation.discard() };
      await settled((done) => logStore.write(batch({ install }), done));
    });
    await Promise.all(flips);
    this.#first = index + 1;
    this.#last = index;
  }

  #compare(): void {
    const [rocks, memory] = this.#both.map(({ logStore, stateStore }) => {
      const from = this.#first + nextInteger(createSeededRng(this.#last), 10);
      const to = this.#last + 1;
      return {
        whole: logStore.entries(this.#first, to, 1_000_000),
        part: from < to ? logStore.entries(from, to, 300) : [],
        state: stateStore.scan({ from: new Uint8Array(0), to: undefined, limit: 1000 }),
        one: stateStore.get(Uint8Array.of(7, 0xff)),
      };
    });
    assert.deepEqual(rocks, memory);
  }
}
