import assert from "node:assert/strict";
import { test } from "node:test";
import { writtenRevision } from "./checkers/client-checker.ts";
import type { Operation, OperationInput, OperationOutput, SeenRecord } from "./client-history.ts";
import { Dice } from "./dice.ts";
import { checkLinearizable } from "./linearizability.ts";

const MISSING: SeenRecord = { value: undefined, version: 0, modRevision: 0 };

function operation(
  id: number,
  [invoked, returned]: readonly [number, number],
  input: OperationInput,
  output?: OperationOutput,
): Operation {
  return { id, client: id, key: "k", input, invoked, returned, output };
}

const put = (value: string): OperationInput => ({ kind: "put", value });
const saw = (record: SeenRecord, revision = record.modRevision): OperationOutput => ({
  kind: "get",
  revision,
  record,
});
const record = (value: string, version: number, modRevision: number): SeenRecord => ({
  value,
  version,
  modRevision,
});

test("an empty history and a sequential one are linearizable", () => {
  assert.equal(checkLinearizable([]).kind, "linearizable");
  const history = [
    operation(1, [1, 2], put("a"), { kind: "put", revision: 1 }),
    operation(2, [3, 4], { kind: "get" }, saw(record("a", 1, 1))),
    operation(3, [5, 6], { kind: "delete" }, { kind: "delete", revision: 2, count: 1 }),
    operation(4, [7, 8], { kind: "get" }, saw(MISSING, 2)),
  ];
  assert.equal(checkLinearizable(history).kind, "linearizable");
});

test("a read of the past is not linearizable, and the verdict names it", () => {
  const stale = operation(3, [5, 6], { kind: "get" }, saw(record("a", 1, 1)));
  const verdict = checkLinearizable([
    operation(1, [1, 2], put("a"), { kind: "put", revision: 1 }),
    operation(2, [3, 4], put("b"), { kind: "put", revision: 2 }),
    stale,
  ]);
  assert.equal(verdict.kind, "not-linearizable");
  assert.equal(verdict.kind === "not-linearizable" && verdict.blocked, stale);
});

test("an unanswered write may have happened, or not, but not both", () => {
  const lost = operation(1, [1, Number.POSITIVE_INFINITY], put("a"));
  const seen = operation(2, [2, 3], { kind: "get" }, saw(record("a", 1, 1)));
  const unseen = operation(3, [4, 5], { kind: "get" }, saw(MISSING, 1));
  assert.equal(checkLinearizable([lost, seen]).kind, "linearizable");
  assert.equal(checkLinearizable([lost, unseen]).kind, "linearizable");
  assert.equal(checkLinearizable([lost, seen, unseen]).kind, "not-linearizable");
});

test("two compare-and-sets can't both win one version", () => {
  const win = (id: number, value: string, revision: number): Operation =>
    operation(
      id,
      [1, 9],
      { kind: "compare-and-set", value, expectedVersion: 0 },
      { kind: "compare-and-set", revision, succeeded: true, current: record(value, 1, revision) },
    );
  assert.equal(checkLinearizable([win(1, "a", 1)]).kind, "linearizable");
  assert.equal(checkLinearizable([win(1, "a", 1), win(2, "b", 2)]).kind, "not-linearizable");
});

test("a lost deletion before an acknowledged put explains a low version", () => {
  const history = [
    operation(1, [1, 2], put("a"), { kind: "put", revision: 1 }),
    operation(2, [3, Number.POSITIVE_INFINITY], { kind: "delete" }),
    operation(3, [4, 5], put("b"), { kind: "put", revision: 3 }),
    operation(4, [6, 7], put("c"), { kind: "put", revision: 4 }),
    operation(5, [8, 9], { kind: "get" }, saw(record("c", 2, 4))),
  ];
  assert.equal(checkLinearizable(history).kind, "linearizable");
});

test("a search that is cut off is undecided, never a pass", () => {
  const history = [
    operation(1, [1, 9], put("a"), { kind: "put", revision: 1 }),
    operation(2, [2, 8], put("b"), { kind: "put", revision: 2 }),
  ];
  assert.equal(checkLinearizable(history, 0).kind, "undecided");
});

/** A real register, with operations that overlap, get lost, and now and then a wrong answer. */
function randomHistory(dice: Dice): Operation[] {
  const operations: Operation[] = [];
  let state = MISSING;
  let revision = 0;
  const count = dice.between(2, 6);
  for (let id = 1; id <= count; id++) {
    const at = id * 10;
    // Positions are unique, as those of a recorded history are.
    const start = at - dice.between(1, 25) + id / 100;
    const isLost = dice.chance(0.35);
    const end = isLost ? Number.POSITIVE_INFINITY : at + dice.between(1, 25) + id / 100 + 0.5;
    const value = `v${id}`;
    const input = dice.pick<OperationInput>([
      { kind: "get" },
      put(value),
      put(value),
      { kind: "delete" },
      { kind: "get-and-set", value },
      { kind: "compare-and-set", value, expectedVersion: dice.integer(3) },
    ]);
    if (isLost && dice.chance(0.4)) {
      operations.push(operation(id, [start, end], input));
      continue;
    }
    const applied = apply(state, input, revision);
    state = applied.state;
    revision = applied.revision;
    const output = isLost ? undefined : applied.output;
    operations.push(operation(id, [start, end], input, output));
  }
  if (dice.chance(0.5)) spoil(operations, dice);
  return operations.sort((a, b) => a.invoked - b.invoked);
}

function spoil(operations: readonly Operation[], dice: Dice): void {
  const gets = operations.filter(({ output }) => output?.kind === "get");
  if (gets.length === 0) return;
  const victim = dice.pick(gets);
  const other = dice.pick(gets);
  victim.output = dice.chance(0.5) && other.output ? other.output : saw(MISSING, 0);
}

function apply(
  state: SeenRecord,
  input: OperationInput,
  before: number,
): { state: SeenRecord; revision: number; output: OperationOutput } {
  const revision = before + 1;
  switch (input.kind) {
    case "get":
      return { state, revision: before, output: saw(state, before) };
    case "delete": {
      if (state.version === 0) {
        return { state, revision: before, output: { kind: "delete", revision: before, count: 0 } };
      }
      return { state: MISSING, revision, output: { kind: "delete", revision, count: 1 } };
    }
    case "compare-and-set":
      if (state.version !== input.expectedVersion) {
        const output = { kind: input.kind, revision: before, succeeded: false, current: state };
        return { state, revision: before, output };
      }
  }
  const next = record(input.value, state.version + 1, revision);
  if (input.kind === "put") return { state: next, revision, output: { kind: "put", revision } };
  if (input.kind === "get-and-set") {
    return { state: next, revision, output: { kind: input.kind, revision, previous: state } };
  }
  const output = { kind: input.kind, revision, succeeded: true, current: next };
  return { state: next, revision, output };
}

/** Tries every order of every subset that contains all answered operations. */
function bruteForce(operations: readonly Operation[]): boolean {
  const explore = (left: readonly Operation[], state: SeenRecord, revision: number): boolean => {
    if (left.every(({ output }) => output === undefined)) return true;
    const deadline = Math.min(...left.map(({ returned }) => returned));
    return left.some((candidate) => {
      if (candidate.invoked > deadline) return false;
      const found = follow(candidate, state, revision, operations);
      if (found === undefined) return false;
      return explore(
        left.filter((other) => other !== candidate),
        found.state,
        found.revision,
      );
    });
  };
  return explore(operations, MISSING, 0);
}

function follow(
  { input, output }: Operation,
  state: SeenRecord,
  revision: number,
  operations: readonly Operation[],
): { state: SeenRecord; revision: number } | undefined {
  const strip = (value: unknown): string =>
    JSON.stringify(value, (name, inner) =>
      name === "revision" || name === "modRevision" ? undefined : inner,
    );
  const applied = apply(state, input, revision);
  if (output !== undefined && strip(applied.output) !== strip(output)) return undefined;
  const wrote = applied.revision > revision;
  let told = output?.revision;
  if (told === undefined && wrote && "value" in input) told = seenRevision(input.value, operations);
  if (output !== undefined && wrote !== (writtenRevision({ output } as Operation) !== undefined)) {
    return undefined;
  }
  const next = told ?? revision;
  if (next < revision || (wrote && output !== undefined && next === revision)) return undefined;
  return { state: applied.state, revision: next };
}

function seenRevision(value: string, operations: readonly Operation[]): number | undefined {
  for (const { output } of operations) {
    const seen = output?.kind === "get" ? output.record : undefined;
    if (seen?.value === value) return seen.modRevision;
    if (output?.kind === "get-and-set" && output.previous.value === value) {
      return output.previous.modRevision;
    }
    if (output?.kind === "compare-and-set" && output.current.value === value) {
      return output.current.modRevision;
    }
  }
  return undefined;
}

test("the search agrees with trying every order, on thousands of small histories", () => {
  const dice = new Dice(1, "histories");
  let bad = 0;
  for (let round = 0; round < 8000; round++) {
    const history = randomHistory(dice);
    const expected = bruteForce(history);
    const verdict = checkLinearizable(history).kind === "linearizable";
    assert.equal(verdict, expected, `expected ${expected}: ${JSON.stringify(history)}`);
    if (!expected) bad++;
  }
  assert.ok(bad > 100, `only ${bad} histories were bad`);
});
