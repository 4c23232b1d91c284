import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { BoundedQueue } from "./bounded-queue.ts";

test("items leave in the order they came", () => {
  const queue = new BoundedQueue<number>(3);
  for (const item of [1, 2, 3]) assert.equal(queue.push(item), true);
  assert.deepEqual([queue.shift(), queue.shift(), queue.shift()], [1, 2, 3]);
});

test("a full queue refuses an item and keeps what it has", () => {
  const queue = new BoundedQueue<string>(1);
  assert.equal(queue.push("first"), true);
  assert.equal(queue.push("second"), false);
  assert.equal(queue.length, 1);
  assert.equal(queue.shift(), "first");
  assert.equal(queue.push("third"), true);
});

test("an empty queue answers undefined", () => {
  assert.equal(new BoundedQueue<number>(1).shift(), undefined);
});

for (const capacity of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
  test(`a capacity of ${capacity} is a bug of the caller`, () => {
    assert.throws(() => new BoundedQueue(capacity), { name: "InvariantViolation" });
  });
}

test("any sequence of pushes and shifts behaves like a plain array with a limit", () => {
  const operations = fc.array(fc.oneof(fc.nat({ max: 999 }), fc.constant("shift" as const)));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), operations, (capacity, steps) => {
      const queue = new BoundedQueue<number>(capacity);
      const model: number[] = [];
      for (const step of steps) {
        if (step === "shift") {
          assert.equal(queue.shift(), model.shift());
        } else {
          const fits = model.length < capacity;
          if (fits) model.push(step);
          assert.equal(queue.push(step), fits);
        }
        assert.equal(queue.length, model.length);
      }
    }),
  );
});
