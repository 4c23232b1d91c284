import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { crc32 } from "./checksum.ts";

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

test("the check value of the CRC-32 catalogue", () => {
  assert.equal(crc32(ascii("123456789")), 0xcbf43926);
});

test("no bytes have the checksum zero", () => {
  assert.equal(crc32(new Uint8Array(0)), 0);
});

test("parts in a row give the checksum of the whole", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (first, second) => {
      const whole = Uint8Array.from([...first, ...second]);
      assert.equal(crc32(second, crc32(first)), crc32(whole));
    }),
  );
});

test("one flipped bit anywhere is noticed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.nat(), (bytes, bit) => {
      const damaged = Uint8Array.from(bytes);
      const at = bit % (bytes.length * 8);
      damaged[at >> 3] = (damaged[at >> 3] as number) ^ (1 << (at & 7));
      assert.notEqual(crc32(damaged), crc32(bytes));
    }),
  );
});
