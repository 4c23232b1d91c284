/** Each checker of what clients see is shown a hand-made history that breaks its property. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Operation, OperationInput, OperationOutput, SeenRecord } from "../client-history.ts";
import type { Report } from "./checker.ts";
import type { ClientChecker, LocalRead } from "./client-checker.ts";
import { linearizableHistory } from "./linearizable-history.ts";
import { monotonicReads } from "./monotonic-reads.ts";
import { noLostWrite } from "./no-lost-write.ts";
import { noPhantomValue } from "./no-phantom-value.ts";
import { readYourWrites } from "./read-your-writes.ts";

const MISSING: SeenRecord = { value: undefined, version: 0, modRevision: 0 };

function operation(id: number, input: OperationInput, output?: OperationOutput): Operation {
  const invoked = id * 2;
  const returned = output === undefined ? Number.POSITIVE_INFINITY : invoked + 1;
  return { id, client: 1, key: "k", input, invoked, returned, output };
}

const put = (id: number, value: string, revision: number): Operation =>
  operation(id, { kind: "put", value }, { kind: "put", revision });

const get = (id: number, value: string | undefined, revision: number): Operation => {
  const record = value === undefined ? MISSING : { value, version: 1, modRevision: revision };
  return operation(id, { kind: "get" }, { kind: "get", revision, record });
};

function objections(
  make: (report: Report) => ClientChecker,
  operations: readonly Operation[],
  state: ReadonlyMap<string, SeenRecord> = new Map(),
): number {
  let count = 0;
  const checker = make(() => {
    count++;
  });
  for (const one of operations) {
    checker.invoked?.(one);
    if (one.output !== undefined) checker.answered?.(one);
  }
  checker.ended?.(operations, state);
  return count;
}

test("No Phantom Value: a value that nobody wrote", () => {
  assert.equal(objections(noPhantomValue, [put(1, "a", 1), get(2, "a", 1)]), 0);
  assert.equal(objections(noPhantomValue, [put(1, "a", 1), get(2, "b", 1)]), 1);
});

test("No Phantom Value: a value whose write was said not to be applied", () => {
  let count = 0;
  const checker = noPhantomValue(() => {
    count++;
  });
  const refused = operation(1, { kind: "put", value: "a" });
  checker.invoked?.(refused);
  checker.withdrawn?.(refused);
  checker.answered?.(get(2, "a", 1));
  assert.equal(count, 1);
});

test("No Lost Write: an acknowledged write that is not there in the end", () => {
  const history = [put(1, "a", 1), put(2, "b", 2)];
  const end = (record: SeenRecord): Map<string, SeenRecord> => new Map([["k", record]]);
  const b = { value: "b", version: 2, modRevision: 2 };
  assert.equal(objections(noLostWrite, history, end(b)), 0);
  assert.ok(objections(noLostWrite, history, end({ value: "a", version: 1, modRevision: 1 })) > 0);
  assert.ok(objections(noLostWrite, history, end(MISSING)) > 0);
  const deleted = [...history, operation(3, { kind: "delete" })];
  assert.equal(objections(noLostWrite, deleted, end(MISSING)), 0);
});

test("No Lost Write: two writes with one revision", () => {
  const state = new Map([["k", { value: "b", version: 2, modRevision: 1 }]]);
  assert.ok(objections(noLostWrite, [put(1, "a", 1), put(2, "b", 1)], state) > 0);
});

test("Read Your Writes: a read without the own acknowledged write", () => {
  assert.equal(objections(readYourWrites, [put(1, "a", 3), get(2, "b", 4)]), 0);
  assert.equal(objections(readYourWrites, [put(1, "a", 3), get(2, "b", 2)]), 1);
  assert.equal(objections(readYourWrites, [put(1, "a", 3), get(2, undefined, 2)]), 1);
});

test("Monotonic Reads: a read that goes back, linearizable or local", () => {
  assert.equal(objections(monotonicReads, [get(1, "a", 1), get(2, "b", 2)]), 0);
  assert.ok(objections(monotonicReads, [get(1, "b", 2), get(2, "a", 1)]) > 0);
  let count = 0;
  const checker = monotonicReads(() => {
    count++;
  });
  const local: LocalRead = {
    client: 1,
    node: "n",
    startCounter: 1,
    key: "k",
    record: MISSING,
    revision: 5,
  };
  checker.locallyRead?.(local);
  // A process that was started again may be behind.
  checker.locallyRead?.({ ...local, startCounter: 2, revision: 4 });
  assert.equal(count, 0);
  checker.locallyRead?.({ ...local, revision: 4 });
  assert.equal(count, 1);
});

test("Linearizability: a stale read", () => {
  assert.equal(objections(linearizableHistory, [put(1, "a", 1), get(2, "a", 1)]), 0);
  assert.equal(objections(linearizableHistory, [put(1, "a", 1), get(2, undefined, 1)]), 1);
});
