import fc from "fast-check";
import type { Command, Condition, Operation, SessionTag } from "../src/core/command.ts";
import type { KeyRecord } from "../src/core/record.ts";
import type { CommandResult } from "../src/core/result.ts";

/** fc.record without null prototypes, which deepEqual tells apart from what decoders make. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

/** Few different keys, so that random commands meet. */
export const anyKey: fc.Arbitrary<Uint8Array> = fc
  .array(fc.constantFrom(0, 1, 97, 98, 255), { minLength: 1, maxLength: 3 })
  .map((bytes) => Uint8Array.from(bytes));

export const anyValue: fc.Arbitrary<Uint8Array> = fc
  .array(fc.constantFrom(0, 1, 127, 128, 255), { maxLength: 3 })
  .map((bytes) => Uint8Array.from(bytes));

const natural = fc.nat({ max: 9 });
const whole = fc.oneof(natural, fc.maxSafeNat());

const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  record({ kind: fc.constant("put" as const), key: anyKey, value: anyValue }),
  record({ kind: fc.constant("delete" as const), key: anyKey }),
);

const anyCondition: fc.Arbitrary<Condition> = fc.oneof(
  record({ kind: fc.constantFrom("exists" as const, "not-exists" as const), key: anyKey }),
  record({
    kind: fc.constantFrom(
      "equal" as const,
      "not-equal" as const,
      "greater" as const,
      "less" as const,
      "greater-equal" as const,
      "less-equal" as const,
    ),
    key: anyKey,
    value: anyValue,
  }),
);

const operations = fc.array(anyOperation, { maxLength: 5 });

export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  { arbitrary: anyOperation, weight: 3 },
  record({
    kind: fc.constant("delete-range" as const),
    from: fc.oneof(anyKey, fc.constant(new Uint8Array(0))),
    to: fc.option(anyKey, { nil: undefined }),
  }),
  record({ kind: fc.constant("batch" as const), operations }),
  record({
    kind: fc.constant("transaction" as const),
    conditions: fc.array(anyCondition, { maxLength: 3 }),
    // biome-ignore lint/suspicious/noThenProperty: the name of the branch, as in the command
    then: operations,
    otherwise: operations,
    returnPrevious: fc.boolean(),
  }),
  record({ kind: fc.constant("get-and-set" as const), key: anyKey, value: anyValue }),
  record({
    kind: fc.constant("compare-and-set" as const),
    key: anyKey,
    expectedVersion: fc.nat({ max: 3 }),
    value: anyValue,
  }),
  record({
    kind: fc.constant("set-node" as const),
    label: fc.integer({ min: 1, max: 3 }),
    address: fc.string({ unit: "grapheme", minLength: 1, maxLength: 5 }),
  }),
  fc.constant({ kind: "open-session" as const }),
  fc
    .tuple(
      fc.option(fc.boolean(), { nil: undefined }),
      fc.subarray([1, 2, 3, 4]),
      fc.subarray([1, 2, 3, 4]),
    )
    .map(([automatic, pause, others]) => ({
      kind: "set-membership-policy" as const,
      automatic,
      pause,
      readmit: others.filter((label) => !pause.includes(label)),
    })),
);

export const anySessionTag: fc.Arbitrary<SessionTag> = record({
  session: whole,
  sequence: whole,
  lowestUnanswered: whole,
});

export const anyRecord: fc.Arbitrary<KeyRecord> = record({
  value: fc.uint8Array({ maxLength: 300 }),
  createRevision: whole,
  modRevision: whole,
  version: whole,
  lease: whole,
});

const maybeRecord = fc.option(anyRecord, { nil: undefined });

export const anyResult: fc.Arbitrary<CommandResult> = fc.oneof(
  record({
    kind: fc.constant("done" as const),
    revision: whole,
    count: natural,
    previous: maybeRecord,
  }),
  record({
    kind: fc.constant("transaction" as const),
    revision: whole,
    succeeded: fc.boolean(),
    previous: fc.array(maybeRecord, { maxLength: 4 }),
  }),
  record({
    kind: fc.constant("compare-and-set" as const),
    revision: whole,
    succeeded: fc.boolean(),
    current: maybeRecord,
  }),
  record({ kind: fc.constant("session" as const), revision: whole, session: whole }),
  record({
    kind: fc.constant("refused" as const),
    reason: fc.constantFrom(
      "session-expired" as const,
      "session-limit" as const,
      "sequence-gone" as const,
      "too-many-keys" as const,
      "invalid" as const,
    ),
    message: fc.string({ unit: "grapheme" }),
  }),
);
