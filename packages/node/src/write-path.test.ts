import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeCommand, encodeResult } from "@caucus/kv";
import type { ProposalOutcome } from "@caucus/raft";
import type { ForwardedReply, ForwardedWrite } from "@caucus/rpc";
import { Deadlines } from "./deadlines.ts";
import { LeaderRouting, type Route } from "./leader-routing.ts";
import { type WriteOutcome, WritePath } from "./write-path.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const DATA = encodeCommand({ kind: "put", key: bytes("a"), value: bytes("1") });
const RESULT = { kind: "done", revision: 1, count: 1, previous: undefined } as const;
const APPLIED: ProposalOutcome = { kind: "applied", index: 3, term: 1, result: RESULT };
const LEADER = { key: "2".repeat(32), label: 2, rpcAddress: "h:2", apiAddress: "h:2" };
const TO_LEADER: Route = { kind: "other", leader: LEADER };

/** A write path in virtual time, whose proposals and forwarded writes the test answers. */
class Harness {
  nowMs = 1_000;
  route: Route = { kind: "self" };
  readonly proposals: ((outcome: ProposalOutcome) => void)[] = [];
  readonly forwards: ((reply: ForwardedReply) => void)[] = [];
  readonly outcomes: WriteOutcome[] = [];
  readonly deadlines: Deadlines = new Deadlines(1_000);
  readonly routing: LeaderRouting = new LeaderRouting(() => this.route);
  readonly path: WritePath = new WritePath({
    propose: (_data, _deadlineMs, done) => void this.proposals.push(done),
    routing: this.routing,
    calls: { forward: (_address, _write, reply) => void this.forwards.push(reply) },
    deadlines: this.deadlines,
    clock: { monotonicMs: () => this.nowMs, wallMs: () => 1 },
  });

  submit(route: Route, more: { forward?: boolean } = {}): void {
    this.goTo(route);
    const request = { data: DATA, deadlineMs: 2_000, forward: more.forward ?? true };
    this.path.submit(request, (outcome) => this.outcomes.push(outcome));
  }

  goTo(route: Route): void {
    this.route = route;
    this.routing.changed();
  }

  advanceTo(nowMs: number): void {
    this.nowMs = nowMs;
    this.deadlines.advance(nowMs);
  }

  get ending(): string {
    const [outcome, ...more] = this.outcomes;
    assert.equal(more.length, 0, "one answer");
    if (outcome === undefined) return "open";
    if (outcome.kind === "applied") return "applied";
    return `${outcome.error.code} ${outcome.error.outcome}`;
  }
}

function replyOf(kind: ForwardedReply["kind"], text: string): ForwardedReply {
  const data = kind === "applied" ? encodeResult(RESULT) : bytes(text);
  return { number: 1, kind, data, index: 3, term: 1 };
}

describe("the way of a write", () => {
  it("N5: is tried again after each definite refusal, where the leader is then", () => {
    const harness = new Harness();
    harness.submit({ kind: "self" });
    harness.proposals[0]?.({ kind: "transferring" });
    assert.equal(harness.ending, "open");
    harness.goTo(TO_LEADER);
    assert.equal(harness.forwards.length, 1);
    harness.forwards[0]?.(replyOf("not-appended", "no_leader this node does not lead"));
    harness.advanceTo(1_100);
    assert.equal(harness.forwards.length, 2);
    harness.forwards[1]?.(replyOf("applied", ""));
    assert.equal(harness.ending, "applied");
    harness.advanceTo(9_000);
    assert.equal(harness.proposals.length, 1);
  });

  it("N5: is not tried again when it may have been appended", () => {
    for (const answer of ["proposal", "reply"] as const) {
      const harness = new Harness();
      harness.submit(answer === "proposal" ? { kind: "self" } : TO_LEADER);
      harness.proposals[0]?.({ kind: "unknown" });
      harness.forwards[0]?.(replyOf("unknown", "timeout the stream broke"));
      assert.equal(harness.ending, "timeout unknown");
      harness.advanceTo(9_000);
      harness.goTo({ kind: "self" });
      assert.equal(harness.proposals.length + harness.forwards.length, 1);
    }
  });

  it("N6: without a leader it ends as not applied, at its deadline and not before", () => {
    const harness = new Harness();
    harness.submit({ kind: "none" });
    harness.advanceTo(1_999);
    assert.equal(harness.ending, "open");
    harness.advanceTo(2_030);
    assert.equal(harness.ending, "no_leader not_applied");
    harness.goTo({ kind: "self" });
    assert.equal(harness.proposals.length, 0);
  });

  it("N6: a leader that does not answer leaves it unknown, and a late answer changes nothing", () => {
    const harness = new Harness();
    harness.submit(TO_LEADER);
    harness.advanceTo(2_030);
    assert.equal(harness.ending, "timeout unknown");
    harness.forwards[0]?.(replyOf("applied", ""));
    assert.equal(harness.ending, "timeout unknown");
  });

  it("N6: overload, a stop and a forbidden forward are not applied, and end it at once", () => {
    const overloaded = new Harness();
    overloaded.submit(TO_LEADER);
    overloaded.forwards[0]?.(replyOf("not-appended", "overloaded overloaded: 64 proposals"));
    assert.equal(overloaded.ending, "overloaded not_applied");
    const stopped = new Harness();
    stopped.submit({ kind: "self" });
    stopped.proposals[0]?.({ kind: "stopped" });
    assert.equal(stopped.ending, "unavailable not_applied");
    for (const route of [TO_LEADER, { kind: "none" } as const]) {
      const forbidden = new Harness();
      forbidden.submit(route, { forward: false });
      assert.equal(forbidden.ending, "not_leader not_applied");
    }
  });
});

describe("a forwarded write", () => {
  it("is answered with its result, or that it does not lead", () => {
    const harness = new Harness();
    const replies: ForwardedReply[] = [];
    const write: ForwardedWrite = { number: 7, data: DATA, timeoutMs: 500 };
    harness.goTo(TO_LEADER);
    harness.path.acceptForwarded(write, (reply) => replies.push(reply));
    harness.goTo({ kind: "self" });
    harness.path.acceptForwarded(write, (reply) => replies.push(reply));
    harness.proposals[0]?.(APPLIED);
    assert.deepEqual(
      replies.map(({ number, kind }) => `${number} ${kind}`),
      ["7 not-appended", "7 applied"],
    );
  });
});
