/** Random commands against a naive model, applied in batches of random size. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyEnvelope } from "../src/core/apply.ts";
import type { Command, Condition, Operation } from "../src/core/command.ts";
import { readMembershipPolicy } from "../src/core/membership-policy.ts";
import { PendingState } from "../src/core/pending-state.ts";
import {
  currentRevision,
  getRecord,
  type KeyEntry,
  listNodes,
  listRecords,
} from "../src/core/query.ts";
import type { KeyRecord } from "../src/core/record.ts";
import type { CommandResult } from "../src/core/result.ts";
import type { MembershipPolicy } from "../src/core/state-records.ts";
import type { StateReader } from "../src/core/state-store.ts";
import { encodeEnvelope } from "../src/wire/command-codec.ts";
import { anyCommand, anyKey } from "./arbitraries.ts";
import { MapStateStore } from "./map-state-store.ts";

/** Keys as Latin-1 text, whose order is that of the bytes. */
class Model {
  readonly records = new Map<string, KeyRecord>();
  readonly nodes = new Map<number, string>();
  revision = 0;
  automatic = false;
  readonly paused = new Set<number>();

  apply(command: Command): CommandResult {
    const at = this.revision + 1;
    switch (command.kind) {
      case "put":
        this.#run([command], at);
        return this.#done(1);
      case "delete":
        return this.#done(this.#run([command], at));
      case "batch":
        this.#run(command.operations, at);
        return this.#done(command.operations.length);
      case "delete-range": {
        const from = latin1(command.from);
        const to = command.to === undefined ? undefined : latin1(command.to);
        const keys = [...this.records.keys()].filter(
          (key) => key >= from && (to === undefined || key < to),
        );
        for (const key of keys) this.records.delete(key);
        if (keys.length > 0) this.revision = at;
        return this.#done(keys.length);
      }
      case "transaction": {
        const succeeded = command.conditions.every((condition) => this.#holds(condition));
        const operations = succeeded ? command.then : command.otherwise;
        const before = operations.map(({ key }) => this.records.get(latin1(key)));
        this.#run(operations, at);
        const previous = command.returnPrevious ? before : [];
        return { kind: "transaction", revision: this.revision, succeeded, previous };
      }
      case "get-and-set": {
        const previous = this.records.get(latin1(command.key));
        this.#run([{ ...command, kind: "put" }], at);
        return { kind: "done", revision: this.revision, count: 1, previous };
      }
      case "compare-and-set": {
        const version = this.records.get(latin1(command.key))?.version ?? 0;
        const succeeded = version === command.expectedVersion;
        if (succeeded) this.#run([{ ...command, kind: "put" }], at);
        const current = this.records.get(latin1(command.key));
        return { kind: "compare-and-set", revision: this.revision, succeeded, current };
      }
      case "set-node":
        if (this.nodes.get(command.label) !== command.address) this.revision = at;
        this.nodes.set(command.label, command.address);
        return this.#done(1);
      case "open-session":
        this.revision = at;
        return { kind: "session", revision: at, session: at };
      case "set-membership-policy": {
        const before = JSON.stringify(this.policy());
        this.automatic = command.automatic ?? this.automatic;
        for (const label of command.pause) this.paused.add(label);
        for (const label of command.readmit) this.paused.delete(label);
        return this.#done(JSON.stringify(this.policy()) === before ? 0 : 1);
      }
    }
  }

  policy(): MembershipPolicy {
    return { automatic: this.automatic, paused: [...this.paused].sort((a, b) => a - b) };
  }

  #run(operations: readonly Operation[], at: number): number {
    let changed = 0;
    for (const operation of operations) {
      const key = latin1(operation.key);
      const old = this.records.get(key);
      if (operation.kind === "put") {
        this.records.set(key, {
          value: operation.value,
          createRevision: old?.createRevision ?? at,
          modRevision: at,
          version: (old?.version ?? 0) + 1,
          lease: 0,
        });
        changed++;
      } else if (this.records.delete(key)) changed++;
    }
    if (changed > 0) this.revision = at;
    return changed;
  }

  #holds(condition: Condition): boolean {
    const record = this.records.get(latin1(condition.key));
    if (condition.kind === "exists") return record !== undefined;
    if (condition.kind === "not-exists") return record === undefined;
    if (record === undefined) return condition.kind === "not-equal";
    const [left, right] = [latin1(record.value), latin1(condition.value)];
    switch (condition.kind) {
      case "equal":
        return left === right;
      case "not-equal":
        return left !== right;
      case "greater":
        return left > right;
      case "less":
        return left < right;
      case "greater-equal":
        return left >= right;
      case "less-equal":
        return left <= right;
    }
  }

  #done(count: number): CommandResult {
    return { kind: "done", revision: this.revision, count, previous: undefined };
  }
}

const steps = fc.array(fc.record({ command: anyCommand, write: fc.boolean() }), { maxLength: 60 });

test("K4 K5 K6 K7 K26: random commands give the answers and the state of a naive model", () => {
  fc.assert(
    fc.property(steps, anyKey, (list, prefix) => {
      const store = new MapStateStore();
      const model = new Model();
      let pending = new PendingState(store);
      for (const { command, write } of list) {
        const bytes = encodeEnvelope({ command, session: undefined, leaderTimeMs: 1 });
        const outcome = applyEnvelope(pending, bytes);
        assert.deepEqual(outcome, { kind: "applied", result: model.apply(command) });
        if (!write) continue;
        store.write(pending.changes());
        pending = new PendingState(store);
      }
      const expected = [...model.records].sort(([a], [b]) => (a < b ? -1 : 1));
      for (const start of [new Uint8Array(0), prefix]) {
        const wanted = expected.filter(([key]) => key.startsWith(latin1(start)));
        assert.deepEqual(
          pagesOf(pending, start).map((e) => [latin1(e.key), e.record]),
          wanted,
        );
      }
      assert.deepEqual(getRecord(pending, prefix), model.records.get(latin1(prefix)));
      assert.equal(currentRevision(pending), model.revision);
      assert.deepEqual(readMembershipPolicy(pending), model.policy());
      const nodes = [...model.nodes].sort(([a], [b]) => a - b);
      assert.deepEqual(
        listNodes(pending),
        nodes.map(([label, address]) => ({ label, address })),
      );
    }),
    { numRuns: 500 },
  );
});

test("K4: the state does not depend on how entries are grouped into writes", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const [grouped, single] = [new MapStateStore(), new MapStateStore()];
      let pending = new PendingState(grouped);
      for (const { command, write } of list) {
        const bytes = encodeEnvelope({ command, session: undefined, leaderTimeMs: 1 });
        applyEnvelope(pending, bytes);
        const alone = new PendingState(single);
        applyEnvelope(alone, bytes);
        single.write(alone.changes());
        if (!write) continue;
        grouped.write(pending.changes());
        pending = new PendingState(grouped);
      }
      grouped.write(pending.changes());
      assert.equal(grouped.checksum(), single.checksum());
    }),
  );
});

/** All records under the prefix, in pages of two. */
function pagesOf(reader: StateReader, prefix: Uint8Array): readonly KeyEntry[] {
  const entries: KeyEntry[] = [];
  for (;;) {
    const page = listRecords(reader, { prefix, after: entries.at(-1)?.key, limit: 2 });
    entries.push(...page.entries);
    if (!page.more) return entries;
    assert.equal(page.entries.length, 2);
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("latin1");
}
