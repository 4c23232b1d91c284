/** What each kind of command does to the state. Validated and admitted by apply.ts. */
import { assertNever } from "@caucus/base";
import { decodeRecord, encodeRecord } from "../wire/record-codec.ts";
import { encodeNodeAddress } from "../wire/state-codec.ts";
import { compareBytes, keyAfter } from "./byte-order.ts";
import {
  COMMAND_BYTES_MAX,
  type Command,
  type CompareAndSet,
  type Condition,
  type DeleteRange,
  NODES_MAX,
  OPERATIONS_MAX,
  type Operation,
  type SetNode,
  type Transaction,
} from "./command.ts";
import { dataBounds, dataKey, nodeKey } from "./key-layout.ts";
import { PAUSED_LABELS_MAX, setMembershipPolicy } from "./membership-policy.ts";
import type { PendingState } from "./pending-state.ts";
import type { KeyRecord } from "./record.ts";
import type { CommandResult } from "./result.ts";
import { openSession, SESSIONS_MAX } from "./sessions.ts";
import type { Counters } from "./state-records.ts";

export interface Executed {
  readonly result: CommandResult;
  readonly counters: Counters;
}

/** A delete-range reads the records with their values, so it takes them in small pages. */
const RANGE_PAGE = 32;

export function execute(state: PendingState, counters: Counters, command: Command): Executed {
  switch (command.kind) {
    case "put":
    case "delete":
      return runOperation(state, counters, command);
    case "batch": {
      const after = runAll(state, counters, command.operations);
      return done(after, command.operations.length);
    }
    case "delete-range":
      return deleteRange(state, counters, command);
    case "transaction":
      return runTransaction(state, counters, command);
    case "get-and-set": {
      const previous = readRecord(state, command.key);
      putRecord(state, counters.revision + 1, command.key, command.value, previous);
      return done(nextRevision(counters), 1, previous);
    }
    case "compare-and-set":
      return compareAndSet(state, counters, command);
    case "set-node":
      return setNode(state, counters, command);
    case "open-session": {
      const session = counters.revision + 1;
      const opened = openSession(state, counters, session);
      if (opened === undefined) {
        const message = `${SESSIONS_MAX} sessions are open, allowed are ${SESSIONS_MAX}`;
        return refused(counters, "session-limit", message);
      }
      return {
        result: { kind: "session", revision: session, session },
        counters: nextRevision(opened),
      };
    }
    case "set-membership-policy": {
      const outcome = setMembershipPolicy(state, command);
      if (outcome.kind === "set") return done(counters, outcome.changed ? 1 : 0);
      const message = `more than ${PAUSED_LABELS_MAX} labels would be paused, allowed are ${PAUSED_LABELS_MAX}`;
      return refused(counters, "too-many-keys", message);
    }
    default:
      return assertNever(command);
  }
}

function runOperation(state: PendingState, counters: Counters, operation: Operation): Executed {
  const after = runAll(state, counters, [operation]);
  return done(after, operation.kind === "put" || after !== counters ? 1 : 0);
}

/** In order, as one revision; the same counters when nothing was changed. */
function runAll(
  state: PendingState,
  counters: Counters,
  operations: readonly Operation[],
): Counters {
  const revision = counters.revision + 1;
  let changed = false;
  for (const operation of operations) {
    const previous = readRecord(state, operation.key);
    switch (operation.kind) {
      case "put":
        putRecord(state, revision, operation.key, operation.value, previous);
        changed = true;
        break;
      case "delete":
        if (previous === undefined) break;
        state.delete(dataKey(operation.key));
        changed = true;
        break;
      default:
        assertNever(operation);
    }
  }
  return changed ? nextRevision(counters) : counters;
}

function deleteRange(state: PendingState, counters: Counters, command: DeleteRange): Executed {
  const { from, to } = dataBounds(command.from, command.to);
  const keys: Uint8Array[] = [];
  let next = from;
  while (compareBytes(next, to) < 0) {
    const page = state.scan({ from: next, to, limit: RANGE_PAGE });
    for (const record of page) keys.push(record.key);
    if (keys.length > OPERATIONS_MAX) {
      const message = `the range holds more than ${OPERATIONS_MAX} keys, allowed are ${OPERATIONS_MAX}; nothing was deleted`;
      return refused(counters, "too-many-keys", message);
    }
    const last = page.at(-1);
    if (page.length < RANGE_PAGE || last === undefined) break;
    next = keyAfter(last.key);
  }
  for (const key of keys) state.delete(key);
  return done(keys.length > 0 ? nextRevision(counters) : counters, keys.length);
}

function runTransaction(state: PendingState, counters: Counters, command: Transaction): Executed {
  const succeeded = command.conditions.every((condition) => holds(state, condition));
  const operations = succeeded ? command.then : command.otherwise;
  const previous: (KeyRecord | undefined)[] = [];
  if (command.returnPrevious) {
    let bytes = 0;
    for (const operation of operations) {
      const record = readRecord(state, operation.key);
      bytes += record === undefined ? 0 : record.value.length;
      if (bytes > COMMAND_BYTES_MAX) {
        const message = `the previous values have more than ${COMMAND_BYTES_MAX} bytes together, allowed are ${COMMAND_BYTES_MAX}; nothing was executed`;
        return refused(counters, "invalid", message);
      }
      previous.push(record);
    }
  }
  const after = runAll(state, counters, operations);
  return {
    result: { kind: "transaction", revision: after.revision, succeeded, previous },
    counters: after,
  };
}

function holds(state: PendingState, condition: Condition): boolean {
  const record = readRecord(state, condition.key);
  if (condition.kind === "exists") return record !== undefined;
  if (condition.kind === "not-exists") return record === undefined;
  if (record === undefined) return condition.kind === "not-equal";
  const order = compareBytes(record.value, condition.value);
  const { kind } = condition;
  switch (kind) {
    case "equal":
      return order === 0;
    case "not-equal":
      return order !== 0;
    case "greater":
      return order > 0;
    case "less":
      return order < 0;
    case "greater-equal":
      return order >= 0;
    case "less-equal":
      return order <= 0;
    default:
      return assertNever(kind);
  }
}

function compareAndSet(state: PendingState, counters: Counters, command: CompareAndSet): Executed {
  const record = readRecord(state, command.key);
  const succeeded = (record === undefined ? 0 : record.version) === command.expectedVersion;
  const current = succeeded
    ? putRecord(state, counters.revision + 1, command.key, command.value, record)
    : record;
  const after = succeeded ? nextRevision(counters) : counters;
  return {
    result: { kind: "compare-and-set", revision: after.revision, succeeded, current },
    counters: after,
  };
}

function setNode(state: PendingState, counters: Counters, command: SetNode): Executed {
  const key = nodeKey(command.label);
  const stored = state.get(key);
  const bytes = encodeNodeAddress(command.address);
  if (stored !== undefined && compareBytes(stored, bytes) === 0) return done(counters, 1);
  if (stored === undefined && counters.nodes >= NODES_MAX) {
    const message = `${counters.nodes} nodes are recorded, allowed are ${NODES_MAX}`;
    return refused(counters, "too-many-keys", message);
  }
  state.put(key, bytes);
  const nodes = stored === undefined ? counters.nodes + 1 : counters.nodes;
  return done(nextRevision({ ...counters, nodes }), 1);
}

function readRecord(state: PendingState, key: Uint8Array): KeyRecord | undefined {
  const bytes = state.get(dataKey(key));
  return bytes === undefined ? undefined : decodeRecord(bytes);
}

function putRecord(
  state: PendingState,
  revision: number,
  key: Uint8Array,
  value: Uint8Array,
  previous: KeyRecord | undefined,
): KeyRecord {
  const record: KeyRecord = {
    value,
    createRevision: previous === undefined ? revision : previous.createRevision,
    modRevision: revision,
    version: previous === undefined ? 1 : previous.version + 1,
    lease: 0,
  };
  state.put(dataKey(key), encodeRecord(record));
  return record;
}

function nextRevision(counters: Counters): Counters {
  return { ...counters, revision: counters.revision + 1 };
}

function done(counters: Counters, count: number, previous?: KeyRecord): Executed {
  return { result: { kind: "done", revision: counters.revision, count, previous }, counters };
}

function refused(
  counters: Counters,
  reason: "session-limit" | "too-many-keys" | "invalid",
  message: string,
): Executed {
  return { result: { kind: "refused", reason, message }, counters };
}
