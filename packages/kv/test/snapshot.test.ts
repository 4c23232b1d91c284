import assert from "node:assert/strict";
import { test } from "node:test";
import { DecodeError } from "@caucus/base";
import fc from "fast-check";
import type { StateRecord } from "../src/core/state-store.ts";
import { SnapshotChunkReader, SnapshotChunkWriter } from "../src/wire/snapshot-codec.ts";
import { anyKey, anyValue } from "./arbitraries.ts";
import { MapStateStore } from "./map-state-store.ts";

const anyStore = fc
  .array(fc.record({ key: anyKey, value: anyValue }), { maxLength: 40 })
  .map((records) => {
    const store = new MapStateStore();
    store.write(records);
    return store;
  });

function chunksOf(store: MapStateStore, bytesMax: number): Uint8Array[] {
  const snapshot = store.snapshot();
  const writer = new SnapshotChunkWriter();
  const chunks: Uint8Array[] = [];
  while (!writer.finished) chunks.push(writer.chunk(snapshot.next(bytesMax)));
  return chunks;
}

function readAll(chunks: readonly Uint8Array[]): StateRecord[] {
  const reader = new SnapshotChunkReader();
  const records = chunks.flatMap((chunk) => [...reader.read(chunk)]);
  reader.finish();
  return records;
}

test("K17: a snapshot comes back whole, in chunks of any size", () => {
  fc.assert(
    fc.property(anyStore, fc.integer({ min: 1, max: 60 }), (store, bytesMax) => {
      const copy = new MapStateStore();
      copy.write(readAll(chunksOf(store, bytesMax)));
      assert.equal(copy.checksum(), store.checksum());
    }),
  );
});

test("K18: a flipped bit, a lost, repeated, swapped or cut chunk is refused", () => {
  fc.assert(
    fc.property(anyStore, fc.nat(), fc.nat(), fc.nat({ max: 4 }), (store, place, bit, fault) => {
      const chunks = chunksOf(store, 8);
      const at = place % chunks.length;
      const chunk = chunks[at] as Uint8Array;
      if (fault === 0) {
        const byte = Math.floor(bit / 8) % chunk.length;
        chunk[byte] = (chunk[byte] as number) ^ (1 << (bit % 8));
      } else if (fault === 1) chunks.splice(at, 1);
      else if (fault === 2) chunks.splice(at, 0, chunk);
      else if (fault === 3) chunks[at] = chunk.subarray(0, bit % chunk.length);
      else if (at > 0) [chunks[at - 1], chunks[at]] = [chunk, chunks[at - 1] as Uint8Array];
      else return;
      assert.throws(() => readAll(chunks), DecodeError);
    }),
    { numRuns: 500 },
  );
});

test("K18: chunks of two snapshots, or some of one, do not make a snapshot", () => {
  const make = (value: number): Uint8Array[] => {
    const store = new MapStateStore();
    store.write(
      [1, 2, 3].map((byte) => ({ key: Uint8Array.of(byte), value: Uint8Array.of(value) })),
    );
    return chunksOf(store, 1);
  };
  const [first, second] = [make(1), make(2)];
  assert.equal(readAll(first).length, 3);
  const mixed = [...first.slice(0, 2), ...second.slice(2)];
  assert.throws(() => readAll(mixed), /snapshot has a wrong checksum/);
  assert.throws(() => readAll(first.slice(1)), /snapshot chunk 1 came, expected is 0/);
  assert.throws(() => readAll(first.slice(0, 3)), /ends after chunk 3, before its last one/);
});

test("K18: random bytes and records out of order throw only DecodeError", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      assert.throws(() => new SnapshotChunkReader().read(bytes), DecodeError);
    }),
  );
  const record = { key: Uint8Array.of(2), value: Uint8Array.of(0) };
  const chunk = new SnapshotChunkWriter().chunk([record, record]);
  assert.throws(() => new SnapshotChunkReader().read(chunk), /not in key order/);
});

test("K3: a chunk of a newer format is refused with its number", () => {
  assert.throws(
    () => new SnapshotChunkReader().read(Uint8Array.of(2)),
    /snapshot chunk has format version 2, the newest known is 1/,
  );
});
