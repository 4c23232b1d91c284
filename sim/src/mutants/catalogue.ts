/** The mistakes, each as small as it could be made. Every one breaks a numbered rule of the core. */
import type { Mutant, Patch } from "./mutant.ts";

const raft = (file: string, find: string, replace: string): Patch => ({
  file: `raft/dist/src/${file}.js`,
  find,
  replace,
});

const mutant = (name: string, ...patches: readonly Patch[]): Mutant => ({ name, patches });

const ELECTION: readonly Mutant[] = [
  mutant(
    "vote not persisted",
    raft(
      "core/raft",
      "hardState: needsHardState ? { term: raft.term, vote: raft.vote } : undefined",
      "hardState: needsHardState ? { term: raft.term, vote: undefined } : undefined",
    ),
  ),
  mutant(
    "two votes in a term",
    raft(
      "core/roles/election",
      "const granted = (isFree || raft.vote === message.from) &&",
      "const granted =",
    ),
  ),
  mutant(
    "log up-to-date check dropped",
    raft("core/log/raft-log", "return otherLastIndex >= this.lastIndex;", "return true;"),
  ),
  mutant(
    "vote sent before it is durable",
    raft("core/raft-state", "if (isDurable)", "if (isDurable || message.kind === 'vote-reply')"),
  ),
  mutant(
    "vote counted from outside the configuration",
    raft(
      "core/quorum/majority",
      "for (const key of keys) {\n        const vote = votes.get(key);",
      "for (const vote of votes.values()) {",
    ),
  ),
];

const REPLICATION: readonly Mutant[] = [
  mutant(
    "old-term entry committed by counting",
    raft(
      "core/roles/leader",
      "if (index <= raft.log.commitIndex || raft.log.term(index) !== raft.term)",
      "if (index <= raft.log.commitIndex)",
    ),
  ),
  mutant(
    "acknowledged before fsync by a follower",
    raft("core/raft-state", "if (isDurable)", "if (isDurable || message.kind === 'append-reply')"),
  ),
  mutant(
    "leader counts its own log before fsync",
    raft(
      "core/roles/leader",
      "const matchOf = (key) => leader.progress.get(key)?.matchIndex ?? 0;",
      "const matchOf = (key) => key === raft.self ? raft.log.lastIndex" +
        " : (leader.progress.get(key)?.matchIndex ?? 0);",
    ),
  ),
  mutant(
    "conflicting tail not truncated",
    raft(
      "core/roles/follower",
      "const fresh = entries.findIndex((entry) => !raft.log.matches(entry.index, entry.term));",
      "const fresh = entries.findIndex((entry) => entry.index > raft.log.lastIndex);",
    ),
  ),
  mutant(
    "longer log cut by a delayed append",
    raft(
      "core/roles/follower",
      "const fresh = entries.findIndex((entry) => !raft.log.matches(entry.index, entry.term));",
      "const fresh = entries.length > 0 ? 0 : -1;",
    ),
  ),
  mutant(
    "log matching check dropped",
    raft(
      "core/roles/follower",
      "if (!log.matches(message.previousIndex, message.previousTerm)) {",
      "if (message.previousIndex > log.lastIndex) {",
    ),
  ),
  mutant(
    "heartbeat commits beyond what matches",
    raft(
      "core/replication/replicate",
      "commit: Math.min(progress.matchIndex, raft.log.commitIndex),",
      "commit: raft.log.commitIndex,",
    ),
  ),
  mutant(
    "truncation forgotten by writes in flight",
    raft(
      "core/durability",
      "batch.durableTo = Math.min(batch.durableTo, index - 1);",
      "batch.durableTo = Math.max(batch.durableTo, 0);",
    ),
  ),
  mutant(
    "reply counted under another key",
    raft(
      "core/roles/leader",
      "export function handleAppendReply(raft, leader, message) {\n" +
        "    const progress = leader.progress.get(message.from);",
      "export function handleAppendReply(raft, leader, message) {\n" +
        "    const progress = leader.progress.get(raft.configuration().voters.at(-1));",
    ),
  ),
];

const READS: readonly Mutant[] = [
  mutant(
    "read answered without a quorum round",
    raft(
      "core/roles/leader",
      "const round = quorumValue(raft.configuration(), roundOf);",
      "const round = Number.POSITIVE_INFINITY;",
    ),
  ),
  mutant(
    "new leader reads before its first commit",
    raft(
      "core/roles/leader",
      "leader.reads.add(message.context, raft.log.commitIndex, hasCommittedInTerm(raft, leader));",
      "leader.reads.add(message.context, raft.log.commitIndex, true);",
    ),
  ),
  mutant(
    "stale read context accepted",
    raft(
      "core/reads/leader-reads",
      "this.#waiting.push({ context, index: commitIndex, round: this.round + 1 });\n        }\n        else",
      "this.#waiting.push({ context, index: commitIndex, round: this.round });\n        }\n        else",
    ),
  ),
  mutant(
    "read answered before the state has the index",
    raft(
      "driver/pending-reads",
      "if (index === undefined || index > appliedIndex)",
      "if (index === undefined)",
    ),
  ),
];

const MEMBERSHIP: readonly Mutant[] = [
  mutant(
    "joint rule replaced by the new majority alone",
    raft(
      "core/quorum/joint",
      "majorityValue(configuration.outgoing, reached)",
      "Number.POSITIVE_INFINITY",
    ),
  ),
  mutant(
    "joint vote won by the new majority alone",
    raft(
      "core/quorum/joint",
      "const outgoing = majorityVote(configuration.outgoing, votes);",
      "const outgoing = incoming;",
    ),
  ),
  mutant(
    "learner counted in the quorum",
    raft(
      "core/quorum/joint",
      "majorityValue(configuration.voters, reached)",
      "majorityValue([...configuration.voters, ...configuration.learners], reached)",
    ),
  ),
  mutant(
    "second change accepted before the first is committed",
    raft("core/raft", "if (!isSettled || !hasCommittedInTerm(raft, role))", "if (false)"),
  ),
  mutant(
    "removed key taken back",
    raft("core/membership/plan-change", "if (current.removed.includes(key))", "if (false)"),
  ),
];

const SNAPSHOTS: readonly Mutant[] = [
  mutant("snapshot without configuration", {
    file: "node/dist/src/kv-state-machine.js",
    find: "this.meta = readMeta(snapshot);",
    replace: "this.meta = { ...readMeta(snapshot), configuration: EMPTY_CONFIGURATION };",
  }),
  mutant(
    "snapshot installed over a newer log",
    raft("core/roles/follower", "if (log.matches(meta.index, meta.term)) {", "if (false) {"),
  ),
  mutant(
    "snapshot acknowledged before it is installed",
    raft("core/raft-state", "this.snapshotToInstall === undefined;", "true;"),
  ),
  mutant(
    "log compacted before the state is durable",
    raft(
      "driver/compaction-policy",
      "return isHeldBack ? Math.min(durableIndex, streamingIndex) : durableIndex;",
      "return isHeldBack ? streamingIndex : state.appliedIndex;",
    ),
  ),
  mutant("snapshot chunk not verified", {
    file: "kv/dist/src/wire/snapshot-codec.js",
    find: "if (crc32(body) !== checksum)",
    replace: "if (false)",
  }),
];

const STATE: readonly Mutant[] = [
  mutant("applied index not atomic with data", {
    file: "node/dist/src/kv-state-machine.js",
    find: "writeAppliedPosition(pending, { index: last.entry.index, term: last.entry.term });",
    replace:
      "this.#store.write(pending.changes().slice()); this.#writes++;" +
      " writeAppliedPosition(pending, { index: last.entry.index, term: last.entry.term });",
  }),
  mutant("retried write executed twice", {
    file: "kv/dist/src/core/sessions.js",
    find: "if (answer !== undefined) {",
    replace: "if (false) {",
  }),
  mutant(
    "overwritten proposal answered as applied",
    raft("driver/pending-proposals", "if (pending.term === entry.term)", "if (true)"),
  ),
  mutant("database behind its fence opened", {
    file: "storage/dist/src/fence/fence.js",
    find: "if (recovered.lastIndex < fence.lastIndex) {",
    replace: "if (false) {",
  }),
];

export const RAFT_MUTANTS: readonly Mutant[] = [
  ...ELECTION,
  ...REPLICATION,
  ...READS,
  ...MEMBERSHIP,
  ...SNAPSHOTS,
  ...STATE,
];
