/** Each checker is shown one hand-made history that breaks its property, and one that does not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Configuration,
  EMPTY_CONFIGURATION,
  type Entry,
  encodeConfiguration,
  type LogBatch,
  type Message,
  type SnapshotMeta,
} from "@caucus/raft";
import { LogImage } from "../log-image.ts";
import type { Checker, DiskTruth, ObservedNode, ObservedStatus, Report } from "./checker.ts";
import { committedImmutable } from "./committed-immutable.ts";
import { CommittedLog } from "./committed-log.ts";
import { committedOnQuorum } from "./committed-on-quorum.ts";
import { durablePromises } from "./durable-promises.ts";
import { electedByQuorum } from "./elected-by-quorum.ts";
import { electionSafety } from "./election-safety.ts";
import { fenceHolds } from "./fence-holds.ts";
import { indexOrder } from "./index-order.ts";
import { leaderAppendOnly } from "./leader-append-only.ts";
import { leaderCompleteness } from "./leader-completeness.ts";
import { logMatching } from "./log-matching.ts";
import { monotonicApplied } from "./monotonic-applied.ts";
import { monotonicCommit } from "./monotonic-commit.ts";
import { monotonicTerm } from "./monotonic-term.ts";
import { oneChangeInFlight } from "./one-change-in-flight.ts";
import { readFreshness } from "./read-freshness.ts";
import { singleVote } from "./single-vote.ts";
import { snapshotFaithful } from "./snapshot-faithful.ts";
import { stateMachineSafety } from "./state-machine-safety.ts";
import { truncationOnConflict } from "./truncation-on-conflict.ts";

const [A, B, C, D] = ["a", "b", "c", "d"].map((digit) => digit.repeat(32)) as [
  string,
  string,
  string,
  string,
];

const configurationOf = (
  voters: readonly string[],
  outgoing: readonly string[] = [],
): Configuration => ({
  ...EMPTY_CONFIGURATION,
  voters,
  outgoing,
  members: [...new Set([...voters, ...outgoing])].sort().map((key) => ({
    key,
    label: key.charCodeAt(0),
    rpcAddress: "",
    apiAddress: "",
  })),
});

const ABC = configurationOf([A, B, C]);

const entry = (index: number, term: number, text = ""): Entry => ({
  index,
  term,
  kind: "command",
  data: new TextEncoder().encode(text),
});

const status = (changes: Partial<ObservedStatus> = {}): ObservedStatus => ({
  role: "follower",
  term: 1,
  commitIndex: 0,
  appliedIndex: 0,
  lastIndex: 0,
  compactedIndex: 0,
  configuration: ABC,
  configurationIndex: 0,
  ...changes,
});

function logOf(...entries: readonly Entry[]): LogImage {
  const log = new LogImage();
  log.append(entries);
  return log;
}

function node(key: string, log = new LogImage(), of: Partial<ObservedStatus> = {}): ObservedNode {
  return { key, label: key.charCodeAt(0), startCounter: 1, log, status: status(of) };
}

const batch = (entries: readonly Entry[], more: Partial<LogBatch> = {}): LogBatch => ({
  hardState: undefined,
  install: undefined,
  entries,
  ...more,
});

const install = (index: number, term: number, configurationIndex = 0): Partial<LogBatch> => {
  const meta: SnapshotMeta = { index, term, configuration: ABC, configurationIndex };
  return { install: { meta, generation: undefined, discard() {} } };
};

const committedLog = (...entries: readonly Entry[]): CommittedLog => {
  const committed = new CommittedLog();
  for (const one of entries) committed.add(one, one.term);
  return committed;
};

const heartbeat = (from: string, to: string, term: number): Message => ({
  kind: "heartbeat",
  from,
  to,
  term,
  commit: 0,
  readRound: 0,
});

const grant = (from: string, to: string, term: number): Message => ({
  kind: "vote-reply",
  from,
  to,
  term,
  granted: true,
});

/** How often the checker objects to what `history` tells it. */
function objections(
  make: (report: Report) => Checker,
  history: (checker: Checker) => void,
): number {
  const reports: string[] = [];
  history(make((message) => reports.push(message)));
  return reports.length;
}

function fires(make: (report: Report) => Checker, history: (checker: Checker) => void): void {
  assert.ok(objections(make, history) > 0, "the checker does not object");
}

function silent(make: (report: Report) => Checker, history: (checker: Checker) => void): void {
  assert.equal(objections(make, history), 0, "the checker objects");
}

const elected =
  (key: string, term: number, log = new LogImage()) =>
  (checker: Checker): void => {
    checker.stepped?.(
      node(key, log),
      status({ role: "candidate", term }),
      status({ role: "leader", term }),
    );
  };

test("Election Safety: two leaders of one term", () => {
  fires(electionSafety, (checker) => {
    elected(A, 2)(checker);
    checker.sent?.(node(B), heartbeat(B, C, 2));
  });
  silent(electionSafety, (checker) => {
    elected(A, 2)(checker);
    elected(B, 3)(checker);
  });
});

test("Leader Append-Only: a leader that overwrites its log", () => {
  const leads = status({ role: "leader" });
  const overwrite =
    (after: ObservedStatus) =>
    (checker: Checker): void => {
      const a = node(A, logOf(entry(1, 1), entry(2, 1)));
      checker.writing?.(a, batch([entry(2, 2)]));
      checker.stepped?.(a, leads, after);
    };
  fires(leaderAppendOnly, overwrite(leads));
  silent(leaderAppendOnly, overwrite(status({ role: "follower", term: 2 })));
});

test("Log Matching: one index and term with two contents, or with two pasts", () => {
  const writes =
    (...logs: readonly (readonly Entry[])[]) =>
    (checker: Checker): void => {
      for (const entries of logs) checker.writing?.(node(A), batch(entries));
    };
  fires(logMatching, writes([entry(1, 1, "x")], [entry(1, 1, "y")]));
  fires(logMatching, writes([entry(1, 1), entry(2, 3)], [entry(1, 2), entry(2, 3)]));
  silent(logMatching, writes([entry(1, 1), entry(2, 2)], [entry(1, 1), entry(2, 3)]));
});

test("Leader Completeness: a leader without a committed entry", () => {
  const make = (report: Report): Checker =>
    leaderCompleteness(report, committedLog(entry(1, 1), entry(2, 1)));
  fires(make, elected(A, 2, logOf(entry(1, 1))));
  silent(make, elected(A, 2, logOf(entry(1, 1), entry(2, 1))));
});

test("State Machine Safety: other entries, or other answers, at one index", () => {
  const applies =
    (...results: readonly [Entry, string][]) =>
    (checker: Checker): void => {
      for (const [one, result] of results) {
        const meta = { index: 1, term: 1, configuration: ABC, configurationIndex: 0 };
        checker.applied?.(node(A), { entry: one, meta }, result);
      }
    };
  const make = (report: Report): Checker => stateMachineSafety(report, committedLog(entry(1, 1)));
  fires(make, applies([entry(1, 2), "x"]));
  fires(make, applies([entry(1, 1), "x"], [entry(1, 1), "y"]));
  silent(make, applies([entry(1, 1), "x"], [entry(1, 1), "x"]));
});

/** Who has which term at which index on disk. */
function disks(held: Readonly<Record<string, LogImage>>): DiskTruth {
  return {
    heldDurably(key, index, term) {
      const found = held[key]?.entryAt(index);
      return found !== undefined && (term === undefined || found.term === term);
    },
    durableHardState: (key) => held[key]?.hardState ?? { term: 0, vote: undefined },
  };
}

const commits =
  (configuration: Configuration, one: Entry) =>
  (checker: Checker): void => {
    const of = status({ role: "leader", configuration });
    checker.committed?.(node(A), { entry: one, first: true, before: of, after: of });
  };

test("Committed On Quorum: a majority of disks, and of both halves while joint", () => {
  const one = entry(1, 1);
  const make =
    (...keys: readonly string[]) =>
    (report: Report): Checker =>
      committedOnQuorum(report, disks(Object.fromEntries(keys.map((key) => [key, logOf(one)]))));
  fires(make(A), commits(ABC, one));
  silent(make(A, C), commits(ABC, one));
  const joint = configurationOf([C, D], [A, B]);
  fires(make(C, D), commits(joint, one));
  silent(make(A, B, C, D), commits(joint, one));
});

test("Committed On Quorum: an entry of an old term is not committed by counting", () => {
  const make = (report: Report): Checker => committedOnQuorum(report, disks({}));
  const counts =
    (term: number) =>
    (checker: Checker): void => {
      const leads = { role: "leader", term: 3 };
      checker.stepped?.(
        node(A, logOf(entry(1, term))),
        status(leads),
        status({ ...leads, commitIndex: 1 }),
      );
    };
  fires(make, counts(2));
  silent(make, counts(3));
});

test("Committed Immutable: a committed entry that is dropped or replaced", () => {
  const make = (report: Report): Checker => committedImmutable(report, committedLog(entry(1, 1)));
  fires(make, (checker) => checker.writing?.(node(A, logOf(entry(1, 1))), batch([entry(1, 2)])));
  fires(make, commits(ABC, entry(1, 2)));
  const longer = logOf(entry(1, 1), entry(2, 1));
  silent(make, (checker) => checker.writing?.(node(A, longer), batch([entry(2, 2)])));
});

test("Monotonic Term: a term that goes back, also over a start", () => {
  fires(monotonicTerm, (checker) => {
    checker.sent?.(node(A), heartbeat(A, B, 3));
    checker.started?.(node(A, new LogImage(), { term: 2 }), false);
  });
  fires(monotonicTerm, (checker) => {
    checker.stepped?.(node(A), status({ term: 2 }), status({ term: 1 }));
  });
  silent(monotonicTerm, (checker) => {
    checker.sent?.(node(A), heartbeat(A, B, 3));
    checker.started?.(node(A, new LogImage(), { term: 3 }), false);
  });
});

test("Single Vote: a vote for two in one term", () => {
  fires(singleVote, (checker) => {
    checker.sent?.(node(A), grant(A, B, 2));
    checker.sent?.(node(A), grant(A, C, 2));
  });
  silent(singleVote, (checker) => {
    checker.sent?.(node(A), grant(A, B, 2));
    checker.sent?.(node(A), grant(A, B, 2));
    checker.sent?.(node(A), grant(A, C, 3));
  });
});

test("Elected By Quorum: a leader without enough votes", () => {
  const votes =
    (...from: readonly string[]) =>
    (checker: Checker): void => {
      for (const voter of from) checker.sent?.(node(voter), grant(voter, A, 2));
      elected(A, 2)(checker);
    };
  fires(electedByQuorum, votes());
  fires(electedByQuorum, votes(D));
  silent(electedByQuorum, votes(B));
});

test("Monotonic Commit: a commit index that goes back", () => {
  const steps =
    (from: number, to: number) =>
    (checker: Checker): void => {
      checker.stepped?.(node(A), status({ commitIndex: from }), status({ commitIndex: to }));
    };
  fires(monotonicCommit, steps(2, 1));
  silent(monotonicCommit, steps(1, 2));
});

test("Monotonic Applied: an index applied twice, or left out", () => {
  const applies =
    (...indexes: readonly number[]) =>
    (checker: Checker): void => {
      checker.started?.(node(A), false);
      for (const index of indexes) {
        const meta = { index, term: 1, configuration: ABC, configurationIndex: 0 };
        checker.applied?.(node(A), { entry: entry(index, 1), meta }, "");
      }
    };
  fires(monotonicApplied, applies(1, 1));
  fires(monotonicApplied, applies(1, 3));
  silent(monotonicApplied, applies(1, 2, 3));
});

test("Index Order: applied beyond committed, compacted beyond what is on disk", () => {
  fires(indexOrder, (checker) => {
    checker.stepped?.(node(A), status(), status({ appliedIndex: 2, commitIndex: 1, lastIndex: 3 }));
  });
  fires(indexOrder, (checker) => checker.compacting?.(node(A), 5, 4));
  silent(indexOrder, (checker) => checker.compacting?.(node(A), 4, 4));
});

test("One Change In Flight: voters that change without a joint configuration, or two at once", () => {
  const make = (report: Report): Checker => oneChangeInFlight(report, committedLog());
  const changes =
    (next: Configuration) =>
    (checker: Checker): void => {
      const before = status({ role: "leader" });
      checker.stepped?.(node(A), before, { ...before, configuration: next, configurationIndex: 1 });
    };
  fires(make, changes(configurationOf([A, B, D])));
  silent(make, changes(configurationOf([A, B, D], [A, B, C])));
  const configurationEntry = (index: number): Entry => ({
    index,
    term: 1,
    kind: "configuration",
    data: encodeConfiguration(ABC),
  });
  fires(make, (checker) => {
    const two = logOf(configurationEntry(1), configurationEntry(2));
    const leads = status({ role: "leader", configurationIndex: 2 });
    checker.stepped?.(node(A, two), leads, leads);
  });
});

test("Snapshot Faithful: a snapshot of what is not committed, or with another configuration", () => {
  const one: Entry = { index: 1, term: 1, kind: "configuration", data: encodeConfiguration(ABC) };
  const make = (report: Report): Checker => snapshotFaithful(report, committedLog(one));
  const sends =
    (meta: SnapshotMeta) =>
    (checker: Checker): void => {
      checker.snapshotOpened?.(node(A), meta);
      checker.stepped?.(node(A), status(), status());
    };
  const meta = { index: 1, term: 1, configuration: ABC, configurationIndex: 1 };
  fires(make, sends({ ...meta, index: 2 }));
  fires(make, sends({ ...meta, term: 2 }));
  fires(make, sends({ ...meta, configuration: EMPTY_CONFIGURATION }));
  silent(make, sends(meta));
});

test("Fence Holds: a start on a disk that forgot, a refusal of one that did not", () => {
  fires(fenceHolds, (checker) => checker.started?.(node(A), true));
  fires(fenceHolds, (checker) => checker.refused?.(1, false, ""));
  silent(fenceHolds, (checker) => {
    checker.started?.(node(A), false);
    checker.refused?.(1, true, "");
  });
});

test("Read Freshness: a read older than what was committed before it", () => {
  fires(readFreshness, (checker) => {
    checker.readAnswered?.(node(A), { index: 4, committedBefore: 5, appliedIndex: 5 });
  });
  fires(readFreshness, (checker) => {
    checker.readAnswered?.(node(A), { index: 5, committedBefore: 5, appliedIndex: 4 });
  });
  silent(readFreshness, (checker) => {
    checker.readAnswered?.(node(A), { index: 5, committedBefore: 5, appliedIndex: 6 });
  });
});

test("Truncation On Conflict: a log cut where nothing conflicts", () => {
  const two = logOf(entry(1, 1), entry(2, 1));
  const writes =
    (of: LogBatch) =>
    (checker: Checker): void =>
      checker.writing?.(node(A, two), of);
  fires(truncationOnConflict, writes(batch([entry(1, 1)])));
  fires(truncationOnConflict, writes(batch([], install(1, 1))));
  silent(truncationOnConflict, writes(batch([entry(2, 2)])));
  silent(truncationOnConflict, writes(batch([], install(5, 1))));
});

test("Durable Promises: a term, a vote, an acknowledgement that is not on disk", () => {
  const log = logOf(entry(1, 1));
  log.hardState = { term: 2, vote: B };
  const make = (report: Report): Checker => durablePromises(report, disks({ [A]: log }));
  const sends =
    (message: Message) =>
    (checker: Checker): void => {
      const live = logOf(entry(1, 1), entry(2, 2));
      live.hardState = { term: 2, vote: B };
      checker.sent?.(node(A, live), message);
    };
  const accepts = (matchIndex: number): Message => ({
    kind: "append-reply",
    from: A,
    to: B,
    term: 2,
    rejected: false,
    matchIndex,
    readRound: 0,
  });
  fires(make, sends(heartbeat(A, B, 3)));
  fires(make, sends(grant(A, C, 2)));
  fires(make, sends(accepts(2)));
  const applies =
    (index: number) =>
    (checker: Checker): void => {
      const meta = { index, term: 1, configuration: ABC, configurationIndex: 0 };
      checker.applied?.(node(A), { entry: entry(index, 1), meta }, "");
    };
  fires(make, applies(2));
  silent(make, applies(1));
  silent(make, sends(heartbeat(A, B, 2)));
  silent(make, sends(grant(A, B, 2)));
  silent(make, sends(accepts(1)));
});
