/** Each checker is shown one hand-made history that breaks its property, and one that does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ChitchatId, chitchatIdKey, LEFT_KEY, type VersionedValue } from "@caucus/chitchat";
import type { Report } from "../../checkers/checker.ts";
import { drawGossipOptions } from "../gossip-options.ts";
import type { NodeView } from "../node-view.ts";
import { Owners } from "../owners.ts";
import { unrest } from "./convergence.ts";
import { datagramLimits } from "./datagram-limits.ts";
import { deadForgotten } from "./dead-forgotten.ts";
import { faithfulCopy } from "./faithful-copy.ts";
import type { Cause, GossipChecker, ObservedProcess, ViewChange } from "./gossip-checker.ts";
import { leftIsDead } from "./left-is-dead.ts";
import { markedCollected } from "./marked-collected.ts";
import { monotonicHeartbeat } from "./monotonic-heartbeat.ts";
import { monotonicVersions } from "./monotonic-versions.ts";
import { hasBoundedLoss, hasBoundedRules, noFalseDeath } from "./no-false-death.ts";
import { noResurrection } from "./no-resurrection.ts";
import { ownState } from "./own-state.ts";
import { silenceNoticed } from "./silence-noticed.ts";

const RULES = {
  gossipIntervalMs: 100,
  phiThreshold: 8,
  samplingWindowSize: 1000,
  maxIntervalMs: 1000,
  initialIntervalMs: 500,
  deadNodeGraceMs: 2000,
  markedForDeletionGraceMs: 3000,
};

const idOf = (nodeId: string): ChitchatId => ({
  nodeId,
  generationId: 1n,
  gossipAdvertiseAddress: { host: "127.0.0.1", port: 1 },
});
const SELF = chitchatIdKey(idOf("self"));
const OTHER = chitchatIdKey(idOf("other"));

const set = (version: bigint, value = "x"): VersionedValue => ({
  value,
  version,
  status: "set",
  sinceMs: 0,
});
const deleted = (version: bigint): VersionedValue => ({
  value: "",
  version,
  status: "delete",
  sinceMs: 0,
});

function view(entries: Record<string, VersionedValue>, rest: Partial<NodeView> = {}): NodeView {
  const versions = Object.values(entries).map(({ version }) => version);
  const maxVersion = versions.reduce((max, version) => (version > max ? version : max), 0n);
  return {
    heartbeat: 1n,
    lastGcVersion: 0n,
    maxVersion,
    entries: new Map(Object.entries(entries)),
    ...rest,
  };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A process whose parts tests change by hand. */
class FakeProcess implements Mutable<ObservedProcess> {
  label = 1;
  rules = RULES;
  idKey: string = SELF;
  nowMs = 0;
  startedMs = 0;
  views = new Map<string, NodeView>();
  live: ReadonlySet<string> = new Set();
  dead = new Map<string, number>();
}

class Bench {
  readonly violations: string[] = [];
  readonly process = new FakeProcess();
  readonly checker: GossipChecker;

  constructor(create: (report: Report) => GossipChecker) {
    this.checker = create((message) => this.violations.push(message));
    this.checker.started?.(this.process);
  }

  change(
    id: string,
    after: NodeView | undefined,
    isReset = false,
    cause: Cause = "datagram",
  ): void {
    const before = this.process.views.get(id);
    if (after === undefined) this.process.views.delete(id);
    else this.process.views.set(id, after);
    const change: ViewChange = { id, before, after, isReset };
    this.checker.changed?.(this.process, change, cause);
  }

  /** Rounds from now to `untilMs`. */
  rounds(untilMs: number): void {
    while (this.process.nowMs < untilMs) {
      this.process.nowMs += RULES.gossipIntervalMs;
      this.checker.stepped?.(this.process, "round", this.process.live);
    }
  }

  objects(pattern: RegExp): void {
    assert.match(this.violations.join("\n"), pattern);
  }

  isContent(): void {
    assert.deepEqual(this.violations, []);
  }
}

test("Own State: what a datagram changes, and what nobody wrote, is objected to", () => {
  const good = new Bench(ownState);
  good.checker.wrote?.(good.process, { key: "a", value: "x", status: "set" });
  good.change(SELF, view({ a: set(1n) }), false, "write");
  good.change(OTHER, view({ b: set(1n) }));
  good.isContent();
  good.change(SELF, view({ a: set(1n), b: set(2n) }));
  good.objects(/let a datagram change/);
  const invented = new Bench(ownState);
  invented.change(SELF, view({ a: set(1n) }), false, "round");
  invented.objects(/holds a, never written/);
  const jump = new Bench(ownState);
  jump.change(SELF, view({}));
  jump.change(SELF, view({}, { heartbeat: 9n }));
  jump.objects(/heartbeat of node 1 grew by 8/);
});

test("Faithful Copy: a value that its owner did not write is objected to", () => {
  const owners = new Owners();
  owners.wrote(OTHER, 1n, { key: "a", value: "x", status: "set" });
  const bench = new Bench((report) => faithfulCopy(report, owners));
  bench.change(OTHER, view({ a: set(1n) }));
  bench.isContent();
  bench.change(OTHER, view({ a: set(1n, "y") }));
  bench.objects(/a at version 1, which is another/);
  bench.change(OTHER, view({ a: set(1n) }, { maxVersion: 2n }));
  bench.objects(/max version 2, written is 1/);
});

test("Monotonic Versions: neither the pair nor a key goes back; a reset may lower the max", () => {
  const bench = new Bench(monotonicVersions);
  bench.change(OTHER, view({ a: set(4n), b: set(5n) }));
  bench.change(OTHER, view({ a: set(2n) }, { lastGcVersion: 6n }), true);
  bench.isContent();
  bench.change(OTHER, view({ a: set(1n) }, { lastGcVersion: 6n, maxVersion: 3n }));
  bench.objects(/a went from version 2 back to 1/);
  bench.change(OTHER, view({ a: set(1n) }, { lastGcVersion: 6n }));
  bench.objects(/\(6, 3\) back to \(6, 1\)/);
  bench.change(OTHER, view({ a: set(9n) }, { lastGcVersion: 6n }));
  bench.change(OTHER, view({}, { lastGcVersion: 8n }), true);
  bench.objects(/was dropped at max version 9 for no reason/);
});

test("Monotonic Heartbeat: it falls by a reset only", () => {
  const bench = new Bench(monotonicHeartbeat);
  bench.change(OTHER, view({}, { heartbeat: 9n }));
  bench.change(OTHER, view({}, { heartbeat: 0n }), true);
  bench.isContent();
  bench.change(OTHER, view({}, { heartbeat: 9n }));
  bench.change(OTHER, view({}, { heartbeat: 8n }));
  bench.objects(/heartbeat 8 .* after 9/s);
});

function resurrection(): { bench: Bench; exceptions: () => number } {
  const owners = new Owners();
  owners.started(OTHER);
  let exceptions = 0;
  const bench = new Bench((report) => noResurrection(report, owners, () => exceptions++));
  bench.change(OTHER, view({ a: set(1n) }));
  bench.change(OTHER, view({ a: deleted(2n) }));
  return { bench, exceptions: () => exceptions };
}

test("No Resurrection: a deleted key may be set again, but not come back", () => {
  const good = resurrection().bench;
  good.change(OTHER, view({}, { lastGcVersion: 2n, maxVersion: 2n }));
  good.change(OTHER, view({ a: set(3n) }));
  good.isContent();
  const { bench, exceptions } = resurrection();
  bench.change(OTHER, view({}, { lastGcVersion: 2n, maxVersion: 2n }));
  bench.change(OTHER, view({ a: set(1n), b: set(3n) }));
  bench.objects(/shows a of .* at version 1 again, deleted at 2/);
  assert.equal(exceptions(), 0);
});

test("No Resurrection: a reset is no excuse, but being below the last collected version is", () => {
  const reset = resurrection().bench;
  reset.change(OTHER, view({ a: set(1n) }, { lastGcVersion: 5n, maxVersion: 5n }), true);
  reset.objects(/shows a/);
  const { bench, exceptions } = resurrection();
  bench.change(OTHER, view({}, { lastGcVersion: 5n, maxVersion: 0n }), true);
  bench.change(OTHER, view({ a: set(1n) }, { lastGcVersion: 5n }));
  bench.isContent();
  assert.equal(exceptions(), 1);
});

test("Marked Collected: not before the grace, nor long after it", () => {
  const early = new Bench((report) => markedCollected(report, () => {}));
  early.change(OTHER, view({ a: deleted(1n) }));
  early.change(OTHER, view({}));
  early.objects(/dropped a of .* too early/);
  let collected = 0;
  const good = new Bench((report) => markedCollected(report, () => collected++));
  good.change(OTHER, view({ a: deleted(1n) }));
  good.rounds(3000);
  good.change(OTHER, view({}));
  good.isContent();
  assert.equal(collected, 1);
  const late = new Bench((report) => markedCollected(report, () => {}));
  late.change(OTHER, view({ a: deleted(1n) }));
  late.rounds(4000);
  late.objects(/keeps a of .* past its grace/);
});

test("Silence Noticed: a silent node is live for so long, and no longer", () => {
  const bench = new Bench(silenceNoticed);
  bench.change(OTHER, view({}));
  bench.change(OTHER, view({}, { heartbeat: 2n }));
  bench.process.live = new Set([SELF, OTHER]);
  bench.rounds(8000);
  bench.isContent();
  bench.rounds(9000);
  bench.objects(/counts other.* as live after \d+ ms of silence, allowed are 8000/);
  const hasty = new Bench(silenceNoticed);
  hasty.process.rules = { ...RULES, samplingWindowSize: 5 };
  hasty.change(OTHER, view({}));
  hasty.change(OTHER, view({}, { heartbeat: 2n }));
  hasty.process.nowMs = 2000;
  hasty.checker.stepped?.(hasty.process, "round", new Set([OTHER]));
  hasty.isContent();
  hasty.process.nowMs = 1900;
  hasty.checker.stepped?.(hasty.process, "round", new Set([OTHER]));
  hasty.objects(/dead after 1900 ms of silence, needed are 2000/);
});

test("Dead Forgotten: offered for half of the grace, known for all of it", () => {
  const message = {
    kind: "syn" as const,
    clusterId: "c",
    digest: [{ id: idOf("other"), heartbeat: 1n, lastGcVersion: 0n, maxVersion: 0n }],
  };
  const bench = new Bench(deadForgotten);
  bench.process.dead.set(OTHER, 0);
  bench.rounds(1000);
  bench.checker.sent?.(bench.process, message, 10);
  bench.rounds(2000);
  bench.checker.membership?.(bench.process, { kind: "node-forgotten", id: idOf("other") });
  bench.isContent();
  bench.rounds(3000);
  bench.objects(/knows other.* ms past its grace/);
  const early = new Bench(deadForgotten);
  early.process.dead.set(OTHER, 0);
  early.rounds(1900);
  early.checker.sent?.(early.process, message, 10);
  early.objects(/offers other.* past half/);
  early.checker.membership?.(early.process, { kind: "node-forgotten", id: idOf("other") });
  early.objects(/forgot other, 1900 ms dead/);
});

test("Left Is Dead: whoever holds a farewell does not count its node as live", () => {
  const bench = new Bench(leftIsDead);
  bench.change(OTHER, view({ [LEFT_KEY]: set(1n, "1") }));
  bench.rounds(100);
  bench.isContent();
  bench.process.live = new Set([SELF, OTHER]);
  bench.rounds(200);
  bench.objects(/counts other.* as live, which has left/);
});

test("Datagram Limits: too long, or unreadable", () => {
  const bench = new Bench(datagramLimits);
  bench.checker.sent?.(bench.process, { kind: "bad-cluster" }, 65_507);
  bench.isContent();
  bench.checker.sent?.(bench.process, { kind: "bad-cluster" }, 65_508);
  bench.objects(/has 65508 bytes/);
  bench.checker.sent?.(bench.process, undefined, 10);
  bench.objects(/cannot be decoded/);
});

test("No False Death: who runs in a calm world is live; the bounds say which runs are judged", () => {
  let calmMs = 0;
  const running = new FakeProcess();
  const truth = { running: () => running, calmForMs: () => calmMs };
  const bench = new Bench((report) => noFalseDeath(report, truth));
  bench.checker.stepped?.(bench.process, "round", new Set([OTHER]));
  bench.isContent();
  calmMs = 100_000;
  bench.checker.stepped?.(bench.process, "round", new Set([OTHER]));
  bench.objects(/calls other.* dead, which runs/);
  assert.ok(hasBoundedRules({ ...RULES, initialIntervalMs: 200 }));
  assert.ok(!hasBoundedRules({ ...RULES, initialIntervalMs: 100 }));
  const options = drawGossipOptions(1);
  const lossy = { ...options, network: { ...options.network, lossRate: 0.5 } };
  assert.ok(!hasBoundedLoss(lossy));
});

test("Convergence: differing keys, unknown, live and forgotten nodes are named", () => {
  const pair = (): [FakeProcess, FakeProcess] => {
    const [one, two] = [new FakeProcess(), new FakeProcess()];
    two.idKey = OTHER;
    two.label = 2;
    for (const process of [one, two]) {
      process.live = new Set([SELF, OTHER]);
      process.views.set(SELF, view({ a: set(1n) })).set(OTHER, view({}));
    }
    return [one, two];
  };
  assert.equal(unrest(pair()), undefined);
  const [one, two] = pair();
  two.views.set(SELF, view({ a: deleted(1n) }));
  assert.match(unrest([one, two]) ?? "", /node 2 differs on self.*key a is undefined here/);
  two.views.set(SELF, view({ a: set(1n) }, { maxVersion: 2n }));
  assert.match(unrest([one, two]) ?? "", /max version is 2 here and 1 there/);
  const gone = pair();
  gone[0].views.set("third", view({}));
  assert.match(unrest(gone) ?? "", /node 1 still knows third/);
  const deaf = pair();
  deaf[1].live = new Set([OTHER]);
  assert.match(unrest(deaf) ?? "", /node 2 does not count self.* as live/);
});
