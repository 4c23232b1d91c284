import assert from "node:assert/strict";
import { it } from "node:test";
import { Generations } from "../src/generation-install.ts";
import { loadRocksBinding } from "../src/rocksdb/binding.ts";
import { RocksDatabase } from "../src/rocksdb/rocks-database.ts";
import { RocksStateStore } from "../src/rocksdb/rocks-state-store.ts";
import type { Journal, JournalCallback } from "../src/write.ts";
import { temporaryDirectory } from "./child-process.ts";

const KEY: Uint8Array = Uint8Array.of(1);

it("S1: an older write that is taken does not uncover what a newer one has replaced", async () => {
  const directory = await temporaryDirectory();
  const database = await RocksDatabase.open(loadRocksBinding(), directory.path);
  try {
    const taken: (JournalCallback | undefined)[] = [];
    const journal: Journal = {
      append: (_write, _durable, written) => void taken.push(written),
      flush: () => undefined,
    };
    const store = new RocksStateStore(database, journal, new Generations(1));
    const shown = (): unknown => [
      store.get(KEY)?.[0],
      store.scan({ from: KEY, to: undefined, limit: 9 }).map(({ value }) => value[0]),
    ];
    store.write([{ key: KEY, value: Uint8Array.of(10) }]);
    store.write([{ key: KEY, value: Uint8Array.of(20) }]);
    assert.deepEqual(shown(), [20, [20]]);
    taken[0]?.();
    assert.deepEqual(shown(), [20, [20]]);
    // This journal has put nothing into the database, which shows that the overlay is empty now.
    taken[1]?.();
    assert.deepEqual(shown(), [undefined, []]);
    store.write([{ key: KEY, value: Uint8Array.of(30) }]);
    taken[2]?.(new Error("the disk is broken"));
    assert.deepEqual(shown(), [30, [30]]);
  } finally {
    await database.close();
    await directory.remove();
  }
});
