import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compareBytes, prefixEnd } from "../src/core/byte-order.ts";
import { PendingState } from "../src/core/pending-state.ts";
import type { StateReader } from "../src/core/state-store.ts";
import { anyKey, anyValue } from "./arbitraries.ts";
import { MapStateStore } from "./map-state-store.ts";

const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(of, { nil: undefined });
const anyChange = fc.record({ key: anyKey, value: maybe(anyValue), pending: fc.boolean() });

test("K16: reads through pending changes are reads of the state after them", () => {
  const range = fc.record({ from: anyKey, to: maybe(anyKey), limit: fc.nat({ max: 6 }) });
  fc.assert(
    fc.property(fc.array(anyChange, { maxLength: 30 }), range, (changes, bounds) => {
      const [base, whole] = [new MapStateStore(), new MapStateStore()];
      for (const change of changes.filter(({ pending }) => !pending)) {
        base.write([change]);
        whole.write([change]);
      }
      const state = new PendingState(base);
      for (const { key, value } of changes.filter(({ pending }) => pending)) {
        if (value === undefined) state.delete(key);
        else state.put(key, value);
        whole.write([{ key, value }]);
      }
      const seen = (reader: StateReader): unknown => [
        reader.get(bounds.from),
        reader.scan(bounds).map(({ key, value }) => ({ key, value })),
      ];
      assert.deepEqual(seen(state), seen(whole));
      base.write(state.changes());
      assert.deepEqual(seen(base), seen(whole));
    }),
    { numRuns: 1000 },
  );
});

test("the end of a prefix is above all its keys and nothing else", () => {
  fc.assert(
    fc.property(anyKey, anyKey, (prefix, key) => {
      const end = prefixEnd(prefix);
      const inside =
        compareBytes(key, prefix) >= 0 && (end === undefined || compareBytes(key, end) < 0);
      const starts = compareBytes(key.subarray(0, prefix.length), prefix) === 0;
      assert.equal(inside, starts);
    }),
  );
});
