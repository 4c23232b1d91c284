import type { RocksBinding } from "../src/rocksdb/binding.ts";
import { RocksDatabase } from "../src/rocksdb/rocks-database.ts";

/** Reads and writes of the log column behind the back of the storage. */
export interface RawLog {
  get(key: Uint8Array): Uint8Array | undefined;
  put(key: Uint8Array, value: Uint8Array): void;
  delete(key: Uint8Array): void;
}

export async function changeRawLog(
  binding: RocksBinding,
  location: string,
  change: (log: RawLog) => void,
): Promise<void> {
  const database = await RocksDatabase.open(binding, location);
  const context = binding.db_init(database.handle);
  const options = { column: database.log };
  const batch = binding.batch_init();
  change({
    get: (key) => database.get(database.log, key),
    put: (key, value) => binding.batch_put(batch, key, value, options),
    delete: (key) => binding.batch_del(batch, key, options),
  });
  binding.batch_write(context, batch, { sync: true });
  await database.close();
}
