import fc from "fast-check";
import type { Configuration, Member, SnapshotMeta } from "../src/core/configuration.ts";
import type { Entry } from "../src/core/entry.ts";
import type { Message, ReadContext } from "../src/core/message.ts";
import type { FrameHeader } from "../src/wire/message-codec.ts";
import type { SnapshotHeader } from "../src/wire/snapshot-codec.ts";

/** As fc.record, of plain objects: decoders make no others. */
function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

/** Any value that the wire formats can carry, small ones most often. */
const integer: fc.Arbitrary<number> = fc.oneof(fc.nat(300), fc.maxSafeNat());

export const identity: fc.Arbitrary<string> = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString("hex"));

const address: fc.Arbitrary<string> = fc.string({ maxLength: 60, unit: "grapheme" });

const member: fc.Arbitrary<Member> = record({
  key: identity,
  label: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  rpcAddress: address.filter((text) => Buffer.byteLength(text) <= 255),
  apiAddress: address.filter((text) => Buffer.byteLength(text) <= 255),
});

const identities: fc.Arbitrary<string[]> = fc.array(identity, { maxLength: 7 });

export const configuration: fc.Arbitrary<Configuration> = record({
  voters: identities,
  outgoing: identities,
  learners: identities,
  learnersNext: identities,
  members: fc.array(member, { maxLength: 9 }),
  removed: identities,
});

export const snapshotMeta: fc.Arbitrary<SnapshotMeta> = record({
  index: integer,
  term: integer,
  configuration,
  configurationIndex: integer,
});

export const snapshotHeader: fc.Arbitrary<SnapshotHeader> = record({
  cluster: identity,
  from: identity,
  to: identity,
  term: integer,
  meta: snapshotMeta,
});

const kind: fc.Arbitrary<Entry["kind"]> = fc.constantFrom("empty", "command", "configuration");

const data: fc.Arbitrary<Uint8Array> = fc.uint8Array({ maxLength: 80 });

export const entry: fc.Arbitrary<Entry> = record({
  index: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  term: integer,
  kind,
  data,
});

export const frameHeader: fc.Arbitrary<FrameHeader> = record({
  cluster: identity,
  from: identity,
  to: identity,
});

const context: fc.Arbitrary<ReadContext> = record({
  key: identity,
  startCounter: integer,
  number: integer,
});

type WithoutEnvelope<M> = M extends Message ? Omit<M, "from" | "to"> : never;

const append: fc.Arbitrary<WithoutEnvelope<Message>> = record({
  term: integer,
  previousIndex: fc.nat(1_000_000),
  previousTerm: integer,
  commit: integer,
  readRound: integer,
  parts: fc.array(record({ term: integer, kind, data }), { maxLength: 5 }),
}).map(({ parts, ...rest }) => ({
  kind: "append",
  ...rest,
  entries: parts.map((part, at) => ({ index: rest.previousIndex + 1 + at, ...part })),
}));

const granted = { term: integer, granted: fc.boolean() };
const last = { term: integer, lastIndex: integer, lastTerm: integer };
const round = { term: integer, readRound: integer };

const body: fc.Arbitrary<WithoutEnvelope<Message>> = fc.oneof(
  append,
  record({ kind: fc.constant("pre-vote" as const), ...last }),
  record({ kind: fc.constant("vote" as const), ...last, transfer: fc.boolean() }),
  record({
    kind: fc.constantFrom("pre-vote-reply" as const, "vote-reply" as const),
    ...granted,
  }),
  record({
    kind: fc.constant("append-reply" as const),
    ...round,
    rejected: fc.constant(false as const),
    matchIndex: integer,
  }),
  record({
    kind: fc.constant("append-reply" as const),
    ...round,
    rejected: fc.constant(true as const),
    rejectedIndex: integer,
    hintIndex: integer,
    hintTerm: integer,
  }),
  record({ kind: fc.constant("heartbeat" as const), ...round, commit: integer }),
  record({ kind: fc.constant("heartbeat-reply" as const), ...round }),
  record({ kind: fc.constant("timeout-now" as const), term: integer }),
  record({ kind: fc.constant("read-index" as const), term: integer, context }),
  record({
    kind: fc.constant("read-index-reply" as const),
    term: integer,
    context,
    index: integer,
  }),
);

/** A frame: its header and its messages, from and to whom the header says. */
export const frame: fc.Arbitrary<{ header: FrameHeader; messages: Message[] }> = fc
  .tuple(frameHeader, fc.array(body, { maxLength: 6 }))
  .map(([header, bodies]) => {
    const { from, to } = header;
    return { header, messages: bodies.map((rest) => ({ from, to, ...rest }) as Message) };
  });
