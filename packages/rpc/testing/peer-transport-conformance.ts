/**
 * What Raft relies on in any PeerTransport (docs/spec/rpc.md). The gRPC transport and its memory
 * twin pass the same suite.
 */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { eventually } from "@caucus/base/testing";
import type {
  ClusterId,
  MemberKey,
  Message,
  PeerHandler,
  PeerTransport,
  SnapshotHeader,
  SnapshotOutcome,
  SnapshotSource,
} from "@caucus/raft";
import { RecordingHandler, RecordingReceiver } from "./recording-handler.ts";

/** Two members that can reach each other. */
export interface TransportPair {
  readonly cluster: ClusterId;
  readonly aKey: MemberKey;
  readonly bKey: MemberKey;
  readonly a: PeerTransport;
  readonly b: PeerTransport;
  stop(): Promise<void>;
}

/** Starts a pair; resolves when messages get through in both directions. */
export type StartPair = (a: PeerHandler, b: PeerHandler) => Promise<TransportPair>;

/** A key that no member has. */
const STRANGER = "ffffffffffffffffffffffffffffffff";

/** A heartbeat that carries its number. */
export function numbered(from: MemberKey, to: MemberKey, number: number): Message {
  return { kind: "heartbeat", from, to, term: 1, commit: number, readRound: 0 };
}

/** The numbers of {@link numbered} messages, in the order of arrival. */
export function numbersOf(messages: readonly Message[]): number[] {
  return messages.flatMap((message) => (message.kind === "heartbeat" ? [message.commit] : []));
}

/** A source of `count` chunks that tells how it was used. */
export class CountingSource implements SnapshotSource {
  readonly meta: SnapshotSource["meta"];
  readonly #count: number;
  readonly #chunkBytes: number;
  taken = 0;
  closed = 0;
  /** Throws instead of giving this chunk. */
  throwAt: number | undefined;

  constructor(meta: SnapshotSource["meta"], count: number, chunkBytes = 16) {
    this.meta = meta;
    this.#count = count;
    this.#chunkBytes = chunkBytes;
  }

  next(): Uint8Array | undefined {
    if (this.taken === this.throwAt) throw new Error("the source is damaged");
    if (this.taken === this.#count) return undefined;
    return new Uint8Array(this.#chunkBytes).fill(this.taken++ % 256);
  }

  close(): void {
    this.closed++;
  }
}

export function snapshotHeader(pair: TransportPair): SnapshotHeader {
  const configuration = {
    voters: [pair.aKey],
    outgoing: [],
    learners: [pair.bKey],
    learnersNext: [],
    members: [
      { key: pair.aKey, label: 1, rpcAddress: "127.0.0.1:1", apiAddress: "127.0.0.1:2" },
      { key: pair.bKey, label: 2, rpcAddress: "127.0.0.1:3", apiAddress: "127.0.0.1:4" },
    ],
    removed: [],
  };
  const meta = { index: 9, term: 3, configuration, configurationIndex: 4 };
  return { cluster: pair.cluster, from: pair.aKey, to: pair.bKey, term: 3, meta };
}

/** Calls sendSnapshot; resolves to its outcome, checked to come once and not inside the call. */
export async function outcomeOf(
  transport: PeerTransport,
  header: SnapshotHeader,
  source: CountingSource,
): Promise<SnapshotOutcome> {
  const outcomes: SnapshotOutcome[] = [];
  transport.sendSnapshot(header, source, (outcome) => outcomes.push(outcome));
  assert.equal(outcomes.length, 0, "done was called inside sendSnapshot");
  await eventually("the snapshot ends", () => outcomes.length > 0);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(outcomes.length, 1, "done was called more than once");
  assert.equal(source.closed, 1, "the source is closed exactly once");
  return outcomes[0] ?? "failed";
}

/** What the tests of one suite share; new for each test. */
interface Suite {
  a: RecordingHandler;
  b: RecordingHandler;
  pair: TransportPair;
}

export function testPeerTransport(name: string, start: StartPair): void {
  describe(`PeerTransport: ${name}`, () => {
    const suite: Partial<Suite> = {};

    beforeEach(async () => {
      suite.a = new RecordingHandler();
      suite.b = new RecordingHandler();
      suite.pair = await start(suite.a, suite.b);
      suite.a.messages.length = 0;
      suite.b.messages.length = 0;
    });
    afterEach(() => suite.pair?.stop());

    // Tests run after beforeEach, when everything is there.
    testMessages(suite as Suite);
    testWholeSnapshots(suite as Suite);
    testBrokenSnapshots(suite as Suite);
  });
}

function testMessages(suite: Suite): void {
  it("T1: messages to one peer arrive in the order of sending", async () => {
    const { aKey, bKey } = suite.pair;
    for (let number = 0; number < 500; number++) suite.pair.a.send(numbered(aKey, bKey, number));
    for (let number = 0; number < 500; number++) suite.pair.b.send(numbered(bKey, aKey, number));
    await eventually(
      "all arrive",
      () => suite.a.messages.length + suite.b.messages.length === 1_000,
    );
    const expected = Array.from({ length: 500 }, (_, number) => number);
    assert.deepEqual(numbersOf(suite.a.messages), expected);
    assert.deepEqual(numbersOf(suite.b.messages), expected);
  });

  it("T2: messages of one turn arrive together", async () => {
    for (let number = 0; number < 50; number++) {
      suite.pair.a.send(numbered(suite.pair.aKey, suite.pair.bKey, number));
    }
    await eventually("all arrive", () => suite.b.messages.length === 50);
    assert.equal(suite.b.frames.at(-1), 50);
  });

  it("T3: a message for a member that is not there is dropped, without harm to others", async () => {
    suite.pair.a.send(numbered(suite.pair.aKey, STRANGER, 1));
    suite.pair.a.send(numbered(suite.pair.aKey, suite.pair.bKey, 2));
    await eventually("the other arrives", () => suite.b.messages.length === 1);
    assert.deepEqual(numbersOf(suite.b.messages), [2]);
  });
}

function testWholeSnapshots(suite: Suite): void {
  it("T4: a snapshot arrives whole, in order, and is handed over once", async () => {
    suite.b.receiver = new RecordingReceiver();
    const header = snapshotHeader(suite.pair);
    const source = new CountingSource(header.meta, 40);
    assert.equal(await outcomeOf(suite.pair.a, header, source), "delivered");
    assert.deepEqual(suite.b.headers, [header]);
    const first = suite.b.receiver.chunks.map((chunk) => chunk[0]);
    assert.deepEqual(
      first,
      Array.from({ length: 40 }, (_, number) => number),
    );
    assert.equal(suite.b.installs.length, 1);
    assert.equal(suite.b.receiver.aborted, 0);
  });

  it("T5: a snapshot that the peer refuses is reported as refused", async () => {
    const header = snapshotHeader(suite.pair);
    const source = new CountingSource(header.meta, 3);
    assert.equal(await outcomeOf(suite.pair.a, header, source), "refused");
    assert.equal(suite.b.installs.length, 0);
  });
}

function testBrokenSnapshots(suite: Suite): void {
  it("T5: a snapshot that the receiver can't write fails, and the receiver is told", async () => {
    suite.b.receiver = new RecordingReceiver();
    suite.b.receiver.failAt = 2;
    const header = snapshotHeader(suite.pair);
    const source = new CountingSource(header.meta, 10);
    assert.equal(await outcomeOf(suite.pair.a, header, source), "failed");
    assert.equal(suite.b.receiver.aborted, 1);
    assert.equal(suite.b.installs.length, 0);
  });

  it("T5: a snapshot whose source breaks fails, and the receiver is told", async () => {
    suite.b.receiver = new RecordingReceiver();
    const { receiver } = suite.b;
    const header = snapshotHeader(suite.pair);
    const source = new CountingSource(header.meta, 10);
    source.throwAt = 4;
    assert.equal(await outcomeOf(suite.pair.a, header, source), "failed");
    await eventually("the receiver is told", () => receiver.aborted === 1);
    assert.equal(suite.b.installs.length, 0);
  });

  it("T5: a snapshot for a member that is not there fails", async () => {
    const header = { ...snapshotHeader(suite.pair), to: STRANGER };
    assert.equal(
      await outcomeOf(suite.pair.a, header, new CountingSource(header.meta, 3)),
      "failed",
    );
  });
}
