import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CaucusError, DecodeError } from "@caucus/base";
import type { Entry } from "@caucus/raft";
import { decodeIdentity, encodeIdentity } from "../identity.ts";
import { entryIndex, entryKey, stateKey } from "./key-layout.ts";
import { decodeLogRecord, encodeLogRecord } from "./log-record.ts";
import { decodeMetaRecord, encodeMetaRecord, type MetaRecord } from "./meta-record.ts";
import { decodeOperations, WriteEncoder } from "./write-encoder.ts";

const ENTRY: Entry = {
  index: 2 ** 40 + 3,
  term: 2 ** 33 + 1,
  kind: "command",
  data: Uint8Array.of(1, 2, 3),
};
const META: MetaRecord = {
  memberKey: "0123456789abcdef0123456789abcdef",
  hardState: { term: 9, vote: "b".repeat(32) },
  compacted: { index: 2 ** 35, term: 8 },
  generation: 4,
};

/** Every truncation and every flipped bit must be noticed, and nothing else may be thrown. */
function assertDetectsDamage(record: Uint8Array, decode: (record: Uint8Array) => unknown): void {
  const detected = (damaged: Uint8Array): void => {
    assert.throws(
      () => decode(damaged),
      (error) => error instanceof DecodeError || error instanceof CaucusError,
    );
  };
  for (let length = 0; length < record.length; length++) detected(record.subarray(0, length));
  for (let bit = 0; bit < record.length * 8; bit++) {
    detected(record.with(bit >> 3, (record[bit >> 3] as number) ^ (1 << (bit & 7))));
  }
}

describe("log records", () => {
  it("S10: come back as they were, and under their own index only", () => {
    for (const kind of ["empty", "command", "configuration"] as const) {
      const entry = { ...ENTRY, kind };
      assert.deepEqual(decodeLogRecord(entry.index, encodeLogRecord(entry)), entry);
    }
    const record = encodeLogRecord(ENTRY);
    assert.throws(() => decodeLogRecord(ENTRY.index + 1, record), DecodeError);
    assertDetectsDamage(record, (damaged) => decodeLogRecord(ENTRY.index, damaged));
  });

  it("have these bytes", () => {
    const record = encodeLogRecord({
      index: 5,
      term: 3,
      kind: "command",
      data: Uint8Array.of(0xaa),
    });
    assert.equal(Buffer.from(record).toString("hex"), "011e6ece47030000000000000001aa");
  });
});

describe("the meta record", () => {
  it("comes back as it was, and shows damage", () => {
    assert.deepEqual(decodeMetaRecord(encodeMetaRecord(META)), META);
    const unvoted = { ...META, hardState: { term: 0, vote: undefined } };
    assert.deepEqual(decodeMetaRecord(encodeMetaRecord(unvoted)), unvoted);
    assertDetectsDamage(encodeMetaRecord(META), decodeMetaRecord);
  });
});

describe("keys", () => {
  it("sort as the log does, above 2^32 too", () => {
    const indexes = [0, 1, 255, 256, 65536, 2 ** 32 - 1, 2 ** 32, 2 ** 40, 2 ** 52];
    const sorted = [...indexes].sort((a, b) => Buffer.compare(entryKey(a), entryKey(b)));
    assert.deepEqual(sorted, indexes);
    for (const index of indexes) assert.equal(entryIndex(entryKey(index)), index);
    assert.deepEqual([...stateKey(258, Uint8Array.of(7))], [0, 0, 1, 2, 7]);
  });
});

describe("the identity file", () => {
  it("S11: comes back as it was, shows damage, and refuses a newer format", () => {
    const identity = {
      memberKey: META.memberKey,
      label: 3,
      startCounter: 12,
      cluster: undefined,
      promise: 'a "promise"\nof two lines',
    };
    const text = encodeIdentity(identity);
    assert.deepEqual(decodeIdentity(text), identity);
    for (const damaged of [
      "",
      "{}",
      text.slice(1),
      text.replace('"label":3', '"label":4'),
      text + text,
    ]) {
      assert.throws(() => decodeIdentity(damaged), CaucusError);
    }
  });
});

describe("WriteEncoder", () => {
  it("packs operations that come back in order, and empties itself", () => {
    const encoder = new WriteEncoder(META);
    const [key, value] = [Uint8Array.of(1), new Uint8Array(300).fill(7)];
    encoder.add({
      kind: "state",
      generation: 4,
      changes: [
        { key, value },
        { key, value: undefined },
      ],
    });
    encoder.add({ kind: "generation-drop", generation: 3 });
    const { operations, cleared } = encoder.take();
    assert.deepEqual(
      [...decodeOperations(operations)],
      [
        { column: "state", key: stateKey(4, key), value },
        { column: "state", key: stateKey(4, key), value: undefined },
      ],
    );
    assert.deepEqual(
      cleared.map(({ from, to }) => [from[3], to[3]]),
      [[3, 4]],
    );
    assert.equal(encoder.bytes, 0);
  });
});
