import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyEnvelope } from "../src/core/apply.ts";
import {
  type Command,
  NODES_MAX,
  OPERATIONS_MAX,
  type SetMembershipPolicy,
  VALUE_BYTES_MAX,
} from "../src/core/command.ts";
import { dataKey } from "../src/core/key-layout.ts";
import { PAUSED_LABELS_MAX, readMembershipPolicy } from "../src/core/membership-policy.ts";
import { PendingState } from "../src/core/pending-state.ts";
import { currentRevision, getRecord, listNodes } from "../src/core/query.ts";
import type { CommandResult } from "../src/core/result.ts";
import {
  readAppliedPosition,
  readConfiguration,
  writeAppliedPosition,
  writeConfiguration,
} from "../src/core/state-meta.ts";
import { validateCommand } from "../src/core/validate-command.ts";
import { encodeEnvelope } from "../src/wire/command-codec.ts";
import { MapStateStore } from "./map-state-store.ts";

const NOTHING = new Uint8Array(0);

function apply(state: PendingState, command: Command): CommandResult {
  const outcome = applyEnvelope(
    state,
    encodeEnvelope({ command, session: undefined, leaderTimeMs: 1 }),
  );
  assert.ok(outcome.kind === "applied");
  return outcome.result;
}

function key(...bytes: readonly number[]): Uint8Array {
  return Uint8Array.from(bytes);
}

test("K5: what changes nothing does not raise the revision, one command raises it by one", () => {
  const state = new PendingState(new MapStateStore());
  const put = (value: number): Command => ({ kind: "put", key: key(1), value: key(value) });
  assert.equal(apply(state, { kind: "delete", key: key(1) }).kind, "done");
  apply(state, { kind: "delete-range", from: NOTHING, to: undefined });
  apply(state, { kind: "batch", operations: [{ kind: "delete", key: key(1) }] });
  apply(state, { kind: "compare-and-set", key: key(1), expectedVersion: 1, value: key(1) });
  assert.equal(currentRevision(state), 0);
  const operations = [put(1), put(2), put(3)] as Extract<Command, { kind: "put" }>[];
  assert.deepEqual(apply(state, { kind: "batch", operations }), {
    kind: "done",
    revision: 1,
    count: 3,
    previous: undefined,
  });
  assert.deepEqual(getRecord(state, key(1)), {
    value: key(3),
    createRevision: 1,
    modRevision: 1,
    version: 3,
    lease: 0,
  });
  apply(state, { kind: "set-node", label: 1, address: "a:1" });
  apply(state, { kind: "set-node", label: 1, address: "a:1" });
  assert.equal(currentRevision(state), 2);
});

test("K7: a delete-range of too many keys is refused and does nothing", () => {
  const store = new MapStateStore();
  const fill = new PendingState(store);
  for (let i = 0; i < OPERATIONS_MAX; i++) {
    apply(fill, { kind: "put", key: key(5, i >> 8, i & 255), value: NOTHING });
  }
  store.write(fill.changes());
  const state = new PendingState(store);
  apply(state, { kind: "put", key: key(5, 255), value: NOTHING });
  const all: Command = { kind: "delete-range", from: NOTHING, to: undefined };
  const before = state.changes();
  const refused = apply(state, all);
  assert.ok(refused.kind === "refused" && refused.reason === "too-many-keys");
  assert.match(refused.message, /1024/);
  assert.deepEqual(state.changes(), before);
  const most = apply(state, { ...all, to: key(5, 255) });
  assert.ok(most.kind === "done" && most.count === OPERATIONS_MAX);
  assert.ok(getRecord(state, key(5, 255)) !== undefined);
});

test("K7: a transaction whose previous values are too many bytes is refused and does nothing", () => {
  const state = new PendingState(new MapStateStore());
  const keys = [1, 2, 3, 4, 5].map((byte) => key(byte));
  for (const one of keys) {
    apply(state, { kind: "put", key: one, value: new Uint8Array(VALUE_BYTES_MAX) });
  }
  const result = apply(state, {
    kind: "transaction",
    conditions: [],
    // biome-ignore lint/suspicious/noThenProperty: the name of the branch, as in the command
    then: keys.map((one) => ({ kind: "delete" as const, key: one })),
    otherwise: [],
    returnPrevious: true,
  });
  assert.ok(result.kind === "refused" && result.reason === "invalid");
  assert.equal(currentRevision(state), 5);
  assert.ok(getRecord(state, key(1)) !== undefined);
});

test("K19: the node table is bounded, and known nodes can still move", () => {
  const state = new PendingState(new MapStateStore());
  const move = (label: number, address: string): string =>
    apply(state, { kind: "set-node", label, address }).kind;
  for (let label = 1; label <= NODES_MAX; label++) move(label, "a:1");
  assert.equal(move(NODES_MAX + 1, "a:1"), "refused");
  assert.equal(move(NODES_MAX, "b:1"), "done");
  const nodes = listNodes(state);
  assert.equal(nodes.length, NODES_MAX);
  assert.deepEqual(nodes.at(-1), { label: NODES_MAX, address: "b:1" });
});

test("K26: the membership policy is off until it is set, and raises no revision", () => {
  const state = new PendingState(new MapStateStore());
  const set = (change: Partial<SetMembershipPolicy>): CommandResult =>
    apply(state, {
      kind: "set-membership-policy",
      automatic: undefined,
      pause: [],
      readmit: [],
      ...change,
    });
  assert.deepEqual(readMembershipPolicy(state), { automatic: false, paused: [] });
  const changed = { kind: "done", revision: 0, count: 1, previous: undefined };
  assert.deepEqual(set({ automatic: true, pause: [10, 9] }), changed);
  assert.deepEqual(set({ automatic: true, pause: [9] }), { ...changed, count: 0 });
  assert.deepEqual(readMembershipPolicy(state), { automatic: true, paused: [9, 10] });
  assert.deepEqual(set({ readmit: [9, 7] }), changed);
  assert.deepEqual(readMembershipPolicy(state), { automatic: true, paused: [10] });
});

test("K27: so many labels can be paused and no more, and one can't be both", () => {
  const state = new PendingState(new MapStateStore());
  const pause = (from: number, count: number): CommandResult =>
    apply(state, {
      kind: "set-membership-policy",
      automatic: undefined,
      pause: Array.from({ length: count }, (_, place) => from + place),
      readmit: [],
    });
  for (let from = 1; from < PAUSED_LABELS_MAX; from += OPERATIONS_MAX) {
    assert.equal(pause(from, OPERATIONS_MAX).kind, "done");
  }
  assert.equal(readMembershipPolicy(state).paused.length, PAUSED_LABELS_MAX);
  const full = pause(PAUSED_LABELS_MAX + 1, 1);
  assert.ok(full.kind === "refused" && full.reason === "too-many-keys");
  const both = apply(state, {
    kind: "set-membership-policy",
    automatic: false,
    pause: [1],
    readmit: [1],
  });
  assert.ok(both.kind === "refused" && /label 1 is both/.test(both.message));
  const many = pause(1, OPERATIONS_MAX + 1);
  assert.ok(many.kind === "refused" && /pause has 1025 labels/.test(many.message));
});

test("K8: an invalid or unintelligible command is refused and changes no key", () => {
  const commands: readonly [Command, RegExp][] = [
    [{ kind: "put", key: NOTHING, value: NOTHING }, /^key has 0 bytes, allowed are 1 to 4096$/],
    [{ kind: "delete", key: NOTHING }, /^key has 0 bytes/],
    [{ kind: "set-node", label: 0, address: "a" }, /^label is 0, allowed are whole numbers from 1/],
    [{ kind: "set-node", label: 1, address: "" }, /^address has 0 bytes, allowed are 1 to 1024$/],
    [
      { kind: "batch", operations: [{ kind: "delete", key: NOTHING }] },
      /^operations\[0\]\.key has 0 bytes/,
    ],
  ];
  for (const [command, message] of commands) {
    assert.match(validateCommand(command) ?? "", message);
    const state = new PendingState(new MapStateStore());
    const result = apply(state, command);
    assert.ok(result.kind === "refused" && result.reason === "invalid");
    assert.match(result.message, message);
    assert.equal(currentRevision(state), 0);
  }
});

test("the limits that only the edge can meet have messages with size and limit", () => {
  const put = (keyBytes: number, valueBytes: number): Command => ({
    kind: "put",
    key: new Uint8Array(keyBytes),
    value: new Uint8Array(valueBytes),
  });
  assert.equal(validateCommand(put(4096, VALUE_BYTES_MAX)), undefined);
  assert.equal(validateCommand(put(4097, 0)), "key has 4097 bytes, allowed are 1 to 4096");
  assert.equal(
    validateCommand(put(1, VALUE_BYTES_MAX + 1)),
    "value has 1048577 bytes, allowed are 0 to 1048576",
  );
  const operations = [1, 2, 3, 4].map((byte) => ({
    kind: "put" as const,
    key: key(byte),
    value: new Uint8Array(VALUE_BYTES_MAX),
  }));
  assert.equal(
    validateCommand({ kind: "batch", operations }),
    "keys and values have 4194308 bytes together, allowed are 4194304",
  );
  const many = Array.from({ length: 1025 }, () => ({ kind: "delete" as const, key: key(1) }));
  assert.match(validateCommand({ kind: "batch", operations: many }) ?? "", /1025 .* 1024$/);
  assert.match(
    validateCommand({
      kind: "compare-and-set",
      key: key(1),
      expectedVersion: 0.5,
      value: NOTHING,
    }) ?? "",
    /^expectedVersion is 0\.5/,
  );
  assert.match(
    validateCommand({ kind: "set-node", label: 1, address: "é".repeat(513) }) ?? "",
    /^address has 1026 bytes/,
  );
  assert.equal(
    validateCommand({ kind: "delete-range", from: NOTHING, to: new Uint8Array(4097) }),
    "to has 4097 bytes, allowed are 0 to 4096",
  );
});

test("K8: random bytes never throw and never write a key", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      if (bytes.length > 10) [bytes[0], bytes[7], bytes[8], bytes[9]] = [1, 0, 0, 2];
      const state = new PendingState(new MapStateStore());
      const outcome = applyEnvelope(state, bytes);
      if (outcome.kind === "applied" && outcome.result.kind === "refused") {
        assert.deepEqual(state.changes(), []);
      }
    }),
  );
});

test("K9: an entry or a state record of a newer format stops the node", () => {
  const state = new PendingState(new MapStateStore());
  const outcome = applyEnvelope(state, Uint8Array.of(2, 0, 0));
  assert.deepEqual(outcome, {
    kind: "stop",
    message: "command envelope has format version 2, the newest known is 1",
  });
  state.put(dataKey(key(1)), Uint8Array.of(7));
  const command: Command = { kind: "put", key: key(1), value: NOTHING };
  const envelope = encodeEnvelope({ command, session: undefined, leaderTimeMs: 1 });
  const stopped = applyEnvelope(state, envelope);
  assert.ok(stopped.kind === "stop");
  assert.match(stopped.message, /key record has format version 7/);
  state.put(dataKey(key(1)), NOTHING);
  assert.equal(applyEnvelope(state, envelope).kind, "stop", "and so does a damaged one");
});

test("applied position and configuration are part of the state", () => {
  const store = new MapStateStore();
  assert.deepEqual(readAppliedPosition(store), { index: 0, term: 0 });
  assert.deepEqual(readConfiguration(store), { index: 0, data: NOTHING });
  const state = new PendingState(store);
  writeAppliedPosition(state, { index: 7, term: 3 });
  writeConfiguration(state, { index: 5, data: key(1, 2) });
  store.write(state.changes());
  const snapshot = store.snapshot();
  assert.deepEqual(readAppliedPosition(snapshot), { index: 7, term: 3 });
  assert.deepEqual(readConfiguration(snapshot), { index: 5, data: key(1, 2) });
});
