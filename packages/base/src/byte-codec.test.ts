// ByteWriter and ByteReader together: what one writes the other reads, and nothing else is accepted.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ByteReader, DecodeError } from "./byte-reader.ts";
import { ByteWriter, encodeUtf8 } from "./byte-writer.ts";

function written(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter(1);
  write(writer);
  return writer.finish();
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function readerOf(text: string): ByteReader {
  return new ByteReader(Uint8Array.from(Buffer.from(text, "hex")));
}

const vectors: readonly { name: string; write: (writer: ByteWriter) => void; bytes: string }[] = [
  { name: "u8", write: (w) => w.u8(255), bytes: "ff" },
  { name: "u16", write: (w) => w.u16(0xbeef), bytes: "efbe" },
  { name: "a large u64", write: (w) => w.u64BigInt(2n ** 64n - 2n), bytes: "feffffffffffffff" },
  { name: "a small u64", write: (w) => w.u64BigInt(258n), bytes: "0201000000000000" },
  { name: "u32", write: (w) => w.u32(0xdeadbeef), bytes: "efbeadde" },
  { name: "u64", write: (w) => w.u64(Number.MAX_SAFE_INTEGER), bytes: "ffffffffffff1f00" },
  { name: "varint of one byte", write: (w) => w.varint(127), bytes: "7f" },
  { name: "varint of two bytes", write: (w) => w.varint(128), bytes: "8001" },
  { name: "the largest varint", write: (w) => w.varint(2 ** 53 - 1), bytes: "ffffffffffffff0f" },
  { name: "boolean", write: (w) => w.boolean(true), bytes: "01" },
  { name: "bytes", write: (w) => w.bytes(Uint8Array.of(1, 2)), bytes: "020102" },
  { name: "raw bytes", write: (w) => w.raw(Uint8Array.of(1, 2)), bytes: "0102" },
  { name: "string", write: (w) => w.string("é"), bytes: "02c3a9" },
];

for (const { name, write, bytes } of vectors) {
  test(`the bytes of ${name} are fixed`, () => {
    assert.equal(hex(written(write)), bytes);
  });
}

test("what is written is read back", () => {
  const unsigned = fc.maxSafeNat();
  const fields = fc.record({
    u8: fc.integer({ min: 0, max: 255 }),
    u32: fc.integer({ min: 0, max: 0xffffffff }),
    u64: unsigned,
    varint: unsigned,
    boolean: fc.boolean(),
    bytes: fc.uint8Array({ maxLength: 300 }),
    string: fc.string({ unit: "grapheme" }),
    u16: fc.integer({ min: 0, max: 0xffff }),
    u64BigInt: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  });
  fc.assert(
    fc.property(fields, (value) => {
      const reader = new ByteReader(
        written((writer) => {
          writer.u8(value.u8);
          writer.u32(value.u32);
          writer.u64(value.u64);
          writer.varint(value.varint);
          writer.boolean(value.boolean);
          writer.bytes(value.bytes);
          writer.string(value.string);
          writer.u16(value.u16);
          writer.u64BigInt(value.u64BigInt);
          writer.raw(encodeUtf8(value.string));
        }),
      );
      assert.equal(reader.u8(), value.u8);
      assert.equal(reader.u32(), value.u32);
      assert.equal(reader.u64(), value.u64);
      assert.equal(reader.varint(), value.varint);
      assert.equal(reader.boolean(), value.boolean);
      assert.deepEqual(reader.bytes(), value.bytes);
      assert.equal(reader.string(), value.string);
      assert.equal(reader.u16(), value.u16);
      assert.equal(reader.u64BigInt(), value.u64BigInt);
      assert.equal(reader.utf8(reader.remaining), value.string);
      reader.end();
    }),
  );
});

const READS = [
  "u8",
  "u16",
  "u32",
  "u64",
  "u64BigInt",
  "varint",
  "boolean",
  "bytes",
  "string",
] as const;

test("any bytes at all give a value or a DecodeError, and never more than was there", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 40 }),
      fc.array(fc.constantFrom(...READS)),
      (bytes, reads) => {
        const reader = new ByteReader(bytes);
        try {
          for (const read of reads) reader[read]();
          reader.count(1);
          reader.end();
        } catch (error) {
          assert.ok(error instanceof DecodeError, String(error));
        }
        assert.ok(reader.remaining >= 0);
      },
    ),
    { numRuns: 1_000 },
  );
});

const refused: readonly { name: string; bytes: string; read: (reader: ByteReader) => unknown }[] = [
  { name: "a number that is cut off", bytes: "0102", read: (r) => r.u32() },
  { name: "a u64 above 2^53 - 1", bytes: "0000000000002000", read: (r) => r.u64() },
  { name: "a varint above 2^53 - 1", bytes: "ffffffffffffff10", read: (r) => r.varint() },
  { name: "a varint of nine bytes", bytes: "808080808080808001", read: (r) => r.varint() },
  { name: "a boolean that is 2", bytes: "02", read: (r) => r.boolean() },
  { name: "a length beyond the end", bytes: "05ff", read: (r) => r.bytes() },
  { name: "a length beyond the limit", bytes: "02ffff", read: (r) => r.bytes(1) },
  { name: "text that is not UTF-8", bytes: "01ff", read: (r) => r.string() },
  { name: "more items than bytes", bytes: "0300", read: (r) => r.count(1) },
  { name: "a negative length", bytes: "00", read: (r) => r.raw(-1) },
  { name: "bytes after the end", bytes: "00", read: (r) => r.end() },
];

for (const { name, bytes, read } of refused) {
  test(`${name} is a DecodeError`, () => {
    assert.throws(() => read(readerOf(bytes)), { name: "DecodeError" });
  });
}

test("a byte order mark is part of the text", () => {
  const text = "\ufeffa";
  assert.equal(new ByteReader(written((writer) => writer.string(text))).string(), text);
});

for (const value of [-1, 0.5, 2 ** 53, Number.NaN]) {
  test(`writing ${value} as an integer is a bug of the caller`, () => {
    assert.throws(() => written((writer) => writer.u64(value)), { name: "InvariantViolation" });
    assert.throws(() => written((writer) => writer.varint(value)), { name: "InvariantViolation" });
  });
}

test("reading bytes gives a view, not a copy", () => {
  const input = Uint8Array.of(2, 7, 8);
  const bytes = new ByteReader(input).bytes();
  input[1] = 9;
  assert.deepEqual(bytes, Uint8Array.of(9, 8));
});

test("what was skipped can be looked at again", () => {
  const reader = new ByteReader(Uint8Array.of(1, 2, 3, 4));
  reader.u8();
  const start = reader.offset;
  reader.skip(2);
  assert.deepEqual(reader.since(start), Uint8Array.of(2, 3));
  assert.throws(() => reader.skip(2), DecodeError);
});

test("a reader over a part of a buffer stays inside it", () => {
  const reader = new ByteReader(Uint8Array.of(1, 2, 3, 4, 5).subarray(1, 3));
  assert.equal(reader.u8(), 2);
  assert.equal(reader.u8(), 3);
  assert.throws(() => reader.u8(), DecodeError);
});
