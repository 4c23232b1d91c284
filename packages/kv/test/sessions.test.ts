import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyEnvelope } from "../src/core/apply.ts";
import type { Command, SessionTag } from "../src/core/command.ts";
import { sessionKey } from "../src/core/key-layout.ts";
import { PendingState } from "../src/core/pending-state.ts";
import { currentRevision, getRecord } from "../src/core/query.ts";
import type { CommandResult } from "../src/core/result.ts";
import {
  SESSION_ANSWER_BYTES_MAX,
  SESSION_TTL_MS,
  SESSION_WINDOW,
  SESSIONS_MAX,
} from "../src/core/sessions.ts";
import { readCounters } from "../src/core/state-meta.ts";
import { encodeEnvelope } from "../src/wire/command-codec.ts";
import { MapStateStore } from "./map-state-store.ts";

const KEY = Uint8Array.of(107);
const ADD_ONE: Command = { kind: "put", key: KEY, value: Uint8Array.of(1) };
const OPEN: Command = { kind: "open-session" };

/** A state with a clock; the version of KEY counts how often ADD_ONE was executed. */
class Replica {
  readonly store = new MapStateStore();
  readonly state = new PendingState(this.store);
  nowMs = 1000;

  apply(command: Command, session?: SessionTag): CommandResult {
    const bytes = encodeEnvelope({ command, session, leaderTimeMs: this.nowMs });
    const outcome = applyEnvelope(this.state, bytes);
    assert.ok(outcome.kind === "applied");
    return outcome.result;
  }

  open(): number {
    const result = this.apply(OPEN);
    assert.ok(result.kind === "session", JSON.stringify(result));
    return result.session;
  }

  add(session: number, sequence: number, lowestUnanswered: number): CommandResult {
    return this.apply(ADD_ONE, { session, sequence, lowestUnanswered });
  }

  executed(): number {
    return getRecord(this.state, KEY)?.version ?? 0;
  }
}

function reasonOf(result: CommandResult): string {
  return result.kind === "refused" ? result.reason : result.kind;
}

test("K10: a retried write is executed once and gets the answer of its first execution", () => {
  const replica = new Replica();
  const session = replica.open();
  const first = replica.add(session, 1, 1);
  assert.equal(first.kind, "done");
  replica.apply(ADD_ONE);
  assert.deepEqual(replica.add(session, 1, 1), first);
  assert.deepEqual(replica.add(session, 1, 1), first);
  assert.equal(replica.executed(), 2);
});

test("K10: under any order, loss and repetition each sequence is executed at most once", () => {
  const tags = fc.array(
    fc.record({
      session: fc.integer({ min: 0, max: 1 }),
      sequence: fc.integer({ min: 1, max: 9 }),
    }),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(tags, fc.integer({ min: 0, max: 4 }), (list, lag) => {
      const replica = new Replica();
      const sessions = [replica.open(), replica.open()];
      const answers = new Map<string, CommandResult>();
      for (const { session, sequence } of list) {
        const before = replica.executed();
        const result = replica.add(
          sessions[session] as number,
          sequence,
          Math.max(1, sequence - lag),
        );
        const name = `${session}/${sequence}`;
        const earlier = answers.get(name);
        if (earlier !== undefined || result.kind === "refused") {
          assert.equal(replica.executed(), before, `${name} was executed again`);
        }
        if (earlier === undefined && result.kind === "done") answers.set(name, result);
        else if (result.kind === "done") assert.deepEqual(result, earlier);
        else assert.equal(reasonOf(result), "sequence-gone");
      }
      assert.equal(replica.executed(), answers.size);
    }),
  );
});

test("K11: a sequence below the lowest unanswered one is refused, never executed", () => {
  const replica = new Replica();
  const session = replica.open();
  replica.add(session, 1, 1);
  replica.add(session, 3, 3);
  assert.equal(reasonOf(replica.add(session, 1, 1)), "sequence-gone");
  assert.equal(reasonOf(replica.add(session, 2, 2)), "sequence-gone", "never seen, but given up");
  assert.equal(replica.executed(), 2);
});

test("K11: an answer too large to keep is refused on retry, not executed again", () => {
  const replica = new Replica();
  const session = replica.open();
  const large = { key: KEY, value: new Uint8Array(SESSION_ANSWER_BYTES_MAX) };
  replica.apply({ kind: "put", ...large });
  const tag: SessionTag = { session, sequence: 1, lowestUnanswered: 1 };
  const command: Command = { kind: "get-and-set", key: KEY, value: Uint8Array.of(2) };
  assert.equal(replica.apply(command, tag).kind, "done");
  assert.equal(reasonOf(replica.apply(command, tag)), "sequence-gone");
  assert.equal(replica.executed(), 2);
});

test("K12: a session keeps a bounded number of answers", () => {
  const replica = new Replica();
  const session = replica.open();
  assert.equal(replica.add(session, SESSION_WINDOW, 1).kind, "done");
  assert.equal(reasonOf(replica.add(session, SESSION_WINDOW + 1, 1)), "session-limit");
  assert.equal(replica.executed(), 1);
  assert.equal(
    replica.add(session, SESSION_WINDOW + 1, 2).kind,
    "done",
    "once the client moved on",
  );
});

test("K12: a session forgets the answers that its client does not ask for any more", () => {
  const replica = new Replica();
  const session = replica.open();
  for (let sequence = 1; sequence <= 1000; sequence++) {
    assert.equal(replica.add(session, sequence, sequence).kind, "done");
  }
  const bytes = replica.state.get(sessionKey(session));
  assert.ok(bytes !== undefined && bytes.length < 40, `the session has ${bytes?.length} bytes`);
});

test("K13: an unknown or expired session is refused, never executed", () => {
  const replica = new Replica();
  assert.equal(reasonOf(replica.add(99, 1, 1)), "session-expired");
  const session = replica.open();
  replica.nowMs += SESSION_TTL_MS - 1;
  assert.equal(replica.add(session, 1, 1).kind, "done");
  replica.nowMs += SESSION_TTL_MS - 1;
  assert.equal(replica.add(session, 2, 2).kind, "done", "each use starts its time anew");
  replica.nowMs += SESSION_TTL_MS;
  assert.equal(reasonOf(replica.add(session, 3, 3)), "session-expired");
  assert.equal(reasonOf(replica.add(session, 2, 2)), "session-expired", "answers are gone too");
  assert.equal(replica.executed(), 2);
});

test("K13: an expired session is refused although it is not swept yet", () => {
  const replica = new Replica();
  const sessions = Array.from({ length: 20 }, () => replica.open());
  replica.nowMs += SESSION_TTL_MS;
  assert.equal(reasonOf(replica.add(sessions[19] as number, 1, 1)), "session-expired");
  assert.equal(readCounters(replica.state).sessions, 16, "the sweep has not come to it");
  assert.equal(replica.executed(), 0);
});

test("K14: leader time never goes back, so an expired session stays expired", () => {
  const replica = new Replica();
  const session = replica.open();
  replica.nowMs += SESSION_TTL_MS;
  replica.apply(ADD_ONE);
  replica.nowMs = 0;
  assert.equal(reasonOf(replica.add(session, 1, 1)), "session-expired");
  assert.equal(readCounters(replica.state).leaderTimeMs, 1000 + SESSION_TTL_MS);
});

test("K12 K15: the table is bounded; expired sessions make room, a few per command", () => {
  const replica = new Replica();
  let kept = 0;
  for (let i = 0; i < SESSIONS_MAX; i++) kept = replica.open();
  replica.store.write(replica.state.changes());
  const revision = currentRevision(replica.state);
  const refusal = replica.apply(OPEN);
  assert.equal(reasonOf(refusal), "session-limit");
  assert.match(refusal.kind === "refused" ? refusal.message : "", /10000/);
  assert.equal(currentRevision(replica.state), revision);

  replica.nowMs += SESSION_TTL_MS - 1;
  assert.equal(replica.add(kept, 1, 1).kind, "done");
  replica.nowMs += 1;
  const step = new PendingState(replica.store);
  const bytes = encodeEnvelope({ command: OPEN, session: undefined, leaderTimeMs: replica.nowMs });
  assert.equal(applyEnvelope(step, bytes).kind, "applied");
  assert.equal(readCounters(step).sessions, SESSIONS_MAX - 4 + 1);
  assert.ok(step.changes().length <= 12, `${step.changes().length} changes by one command`);
});

test("K15: sweeping removes every expired session and no other", () => {
  const replica = new Replica();
  const sessions = Array.from({ length: 30 }, () => replica.open());
  replica.nowMs += SESSION_TTL_MS - 1;
  for (const session of sessions.slice(10, 20)) replica.add(session, 1, 1);
  replica.nowMs += 1;
  for (let i = 0; i < 8; i++) replica.apply(ADD_ONE);
  assert.equal(readCounters(replica.state).sessions, 10);
  for (const [place, session] of sessions.entries()) {
    const alive = place >= 10 && place < 20;
    assert.equal(replica.add(session, 2, 1).kind, alive ? "done" : "refused");
  }
  replica.nowMs += SESSION_TTL_MS;
  for (let i = 0; i < 3; i++) replica.apply(ADD_ONE);
  const counters = readCounters(replica.state);
  assert.deepEqual([counters.sessions, counters.sweepAtMs], [0, 0]);
  replica.store.write(replica.state.changes());
  const left = replica.store.scan({ from: Uint8Array.of(115), to: undefined, limit: 9 });
  assert.deepEqual(left, [], "no session and no row of the expiry index is left");
});

test("K6: the id of a session is the revision that opened it", () => {
  const replica = new Replica();
  replica.apply(ADD_ONE);
  assert.deepEqual(replica.apply(OPEN), { kind: "session", revision: 2, session: 2 });
});

test("an impossible session tag is refused as invalid", () => {
  const replica = new Replica();
  const session = replica.open();
  assert.equal(reasonOf(replica.add(session, 1, 2)), "invalid");
  assert.equal(reasonOf(replica.add(session, 0, 0)), "invalid");
  const tag: SessionTag = { session, sequence: 1, lowestUnanswered: 1 };
  assert.equal(reasonOf(replica.apply(OPEN, tag)), "invalid");
  assert.equal(replica.executed(), 0);
});
