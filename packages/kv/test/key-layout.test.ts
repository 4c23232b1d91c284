import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareBytes } from "../src/core/byte-order.ts";
import { expiryKey, nodeKey, nodeLabel, parseExpiryKey } from "../src/core/key-layout.ts";

test("numbers in state keys come back, and keys have the order of their numbers", () => {
  const number = fc.maxSafeNat();
  fc.assert(
    fc.property(number, number, number, number, (time, session, otherTime, otherSession) => {
      const key = expiryKey(time, session);
      assert.deepEqual(parseExpiryKey(key), { expiresAtMs: time, session });
      assert.equal(nodeLabel(nodeKey(session)), session);
      const order = compareBytes(key, expiryKey(otherTime, otherSession));
      const expected = time - otherTime || session - otherSession;
      assert.equal(Math.sign(order), Math.sign(expected));
    }),
  );
});
