// What the fake KvService keeps instead of a replicated state, and what each command does to it.

import {
  type Command,
  type CommandResult,
  type Condition,
  compareBytes,
  type KeyPage,
  type KeyRecord,
  type KnownNode,
  type Operation,
} from "@caucus/node";

export interface FakeRecords {
  records: Map<string, KeyRecord>;
  nodes: Map<number, string>;
  revision: number;
}

export function emptyRecords(): FakeRecords {
  return { records: new Map(), nodes: new Map(), revision: 0 };
}

/** Latin-1 keeps every byte apart. */
export function idOf(key: Uint8Array): string {
  return Buffer.from(key).toString("latin1");
}

export function put(state: FakeRecords, key: Uint8Array, value: Uint8Array): void {
  runAll(state, [{ kind: "put", key, value }]);
}

export function listOf(
  { records }: FakeRecords,
  prefix: Uint8Array,
  limit: number,
  after: Uint8Array | undefined,
): KeyPage {
  const found = [...records]
    .filter(([id]) => id.startsWith(idOf(prefix)) && (after === undefined || id > idOf(after)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, record]) => ({ key: Buffer.from(id, "latin1"), record }));
  return { entries: found.slice(0, limit), more: found.length > limit };
}

export function nodesOf({ nodes }: FakeRecords): KnownNode[] {
  return [...nodes]
    .map(([label, address]) => ({ label, address }))
    .sort((a, b) => a.label - b.label);
}

export function applyCommand(state: FakeRecords, command: Command): CommandResult {
  switch (command.kind) {
    case "put":
    case "delete":
      return done(state, runAll(state, [command]));
    case "batch":
      runAll(state, command.operations);
      return done(state, command.operations.length);
    case "transaction": {
      const succeeded = command.conditions.every((condition) => holds(state, condition));
      const operations = succeeded ? command.then : command.otherwise;
      const before = operations.map(({ key }) => state.records.get(idOf(key)));
      runAll(state, operations);
      const previous = command.returnPrevious ? before : [];
      return { kind: "transaction", revision: state.revision, succeeded, previous };
    }
    case "get-and-set": {
      const previous = state.records.get(idOf(command.key));
      put(state, command.key, command.value);
      return { ...done(state, 1), previous };
    }
    case "compare-and-set": {
      const version = state.records.get(idOf(command.key))?.version ?? 0;
      const succeeded = version === command.expectedVersion;
      if (succeeded) put(state, command.key, command.value);
      const current = state.records.get(idOf(command.key));
      return { kind: "compare-and-set", revision: state.revision, succeeded, current };
    }
    case "set-node":
      state.revision += 1;
      state.nodes.set(command.label, command.address);
      return done(state, 0);
    default:
      return { kind: "refused", reason: "invalid", message: `the fake has no ${command.kind}` };
  }
}

/** As one revision; how many operations changed something. */
function runAll(state: FakeRecords, operations: readonly Operation[]): number {
  const revision = state.revision + 1;
  let changed = 0;
  for (const operation of operations) {
    const id = idOf(operation.key);
    if (operation.kind === "delete") {
      if (state.records.delete(id)) changed += 1;
      continue;
    }
    const previous = state.records.get(id);
    state.records.set(id, {
      value: operation.value,
      createRevision: previous?.createRevision ?? revision,
      modRevision: revision,
      version: (previous?.version ?? 0) + 1,
      lease: 0,
    });
    changed += 1;
  }
  if (changed > 0) state.revision = revision;
  return changed;
}

function holds(state: FakeRecords, condition: Condition): boolean {
  const record = state.records.get(idOf(condition.key));
  if (condition.kind === "exists") return record !== undefined;
  if (condition.kind === "not-exists") return record === undefined;
  if (record === undefined) return condition.kind === "not-equal";
  const order = Math.sign(compareBytes(record.value, condition.value));
  return HOLDING_ORDERS[condition.kind].includes(order);
}

/** Orders of the stored value relative to the condition's, under which it holds. */
const HOLDING_ORDERS: Readonly<
  Record<Exclude<Condition["kind"], "exists" | "not-exists">, readonly number[]>
> = {
  equal: [0],
  "not-equal": [-1, 1],
  greater: [1],
  less: [-1],
  "greater-equal": [0, 1],
  "less-equal": [-1, 0],
};

function done({ revision }: FakeRecords, count: number): Extract<CommandResult, { kind: "done" }> {
  return { kind: "done", revision, count, previous: undefined };
}
