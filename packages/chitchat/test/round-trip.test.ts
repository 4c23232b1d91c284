// Any value that can be written is read back, whatever blocks it needs.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc, { type Arbitrary } from "fast-check";
import { chitchatIdKey, compareChitchatIds } from "../src/core/chitchat-id.ts";
import type { Delta, KeyStatus } from "../src/core/delta.ts";
import type { Digest } from "../src/core/digest.ts";
import { formatOctets } from "../src/core/socket-address.ts";
import {
  decodeChitchatId,
  decodeDelta,
  decodeDigest,
  decodeMessage,
  encodeChitchatId,
  encodeDelta,
  encodeDigest,
  encodeMessage,
} from "../src/wire.ts";

/** Plain objects, as the decoders make them. */
const record = <T>(model: { [K in keyof T]: Arbitrary<T[K]> }): Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true }) as Arbitrary<T>;

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const host = fc
  .oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  )
  .map(formatOctets);
const id = record({
  nodeId: fc.string({ unit: "binary", maxLength: 40 }),
  generationId: u64,
  gossipAdvertiseAddress: record({ host, port: fc.nat(65_535) }),
});

const digest: fc.Arbitrary<Digest> = fc
  .uniqueArray(record({ id, heartbeat: u64, lastGcVersion: u64, maxVersion: u64 }), {
    selector: (entry) => chitchatIdKey(entry.id),
    maxLength: 20,
  })
  .map((entries) => entries.sort((a, b) => compareChitchatIds(a.id, b.id)));

const status = fc.constantFrom<KeyStatus>("set", "delete", "delete-after-ttl");
const keyValue = record({
  key: fc.string({ unit: "binary", maxLength: 30 }),
  value: fc.oneof(
    fc.string({ unit: "binary", maxLength: 30 }),
    fc.integer({ min: 1, max: 60_000 }).map((length) => "x".repeat(length)),
  ),
  status,
});

const delta: fc.Arbitrary<Delta> = fc
  .uniqueArray(
    record({
      id,
      lastGcVersion: u64,
      fromVersionExcluded: u64,
      keyValues: fc.array(keyValue, { maxLength: 10 }),
      maxVersion: u64,
    }),
    { selector: (node) => chitchatIdKey(node.id), maxLength: 6 },
  )
  .map((nodes) =>
    nodes.map((node) => {
      const keyValues = node.keyValues.map((one, at) => ({ ...one, version: BigInt(at + 1) * 3n }));
      return { ...node, keyValues, maxVersion: keyValues.at(-1)?.version ?? node.maxVersion };
    }),
  );

test("ids, digests and deltas survive encoding and decoding", () => {
  fc.assert(
    fc.property(id, (value) => assert.deepEqual(decodeChitchatId(encodeChitchatId(value)), value)),
  );
  fc.assert(
    fc.property(digest, (value) => assert.deepEqual(decodeDigest(encodeDigest(value)), value)),
  );
  fc.assert(
    fc.property(delta, (value) => assert.deepEqual(decodeDelta(encodeDelta(value)), value)),
  );
});

test("messages survive encoding and decoding", () => {
  fc.assert(
    fc.property(digest, delta, fc.string({ unit: "binary" }), (theDigest, theDelta, clusterId) => {
      for (const message of [
        { kind: "syn", clusterId, digest: theDigest },
        { kind: "syn-ack", digest: theDigest, delta: theDelta },
        { kind: "ack", delta: theDelta },
        { kind: "bad-cluster" },
      ] as const) {
        assert.deepEqual(decodeMessage(encodeMessage(message)), message);
      }
    }),
    { numRuns: 50 },
  );
});

test("every encoding that is cut short is refused", () => {
  fc.assert(
    fc.property(
      digest,
      delta,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (a, b, share) => {
        const bytes = encodeMessage({ kind: "syn-ack", digest: a, delta: b });
        const cut = bytes.subarray(0, Math.floor(bytes.length * share));
        assert.throws(() => decodeMessage(cut), { name: "DecodeError" });
      },
    ),
    { numRuns: 50 },
  );
});
