import { assert } from "@caucus/base";
import type { RaftState } from "./raft-state.ts";

/** The cheap invariants of one member, checked after every output, also in production. */
export function assertInvariants(raft: RaftState): void {
  const { log, role } = raft;
  assert(
    log.compactedIndex <= log.appliedIndex &&
      log.appliedIndex <= log.commitIndex &&
      log.commitIndex <= log.lastIndex,
    `R4: compacted ${log.compactedIndex} ≤ applied ${log.appliedIndex} ≤ ` +
      `commit ${log.commitIndex} ≤ last ${log.lastIndex}`,
  );
  assert(log.durableIndex <= log.lastIndex, `durable ${log.durableIndex} ≤ last ${log.lastIndex}`);
  assert(log.lastTerm <= raft.term, `last term ${log.lastTerm} ≤ term ${raft.term}`);
  if (role.kind === "leader") {
    assert(raft.vote === raft.self, "a leader voted for itself");
    for (const progress of role.progress.values()) {
      assert(
        progress.matchIndex < progress.nextIndex || progress.key === raft.self,
        `R10: match ${progress.matchIndex} < next ${progress.nextIndex} of ${progress.key}`,
      );
      assert(
        progress.matchIndex <= log.lastIndex,
        `match ${progress.matchIndex} of ${progress.key} is beyond the log (${log.lastIndex})`,
      );
    }
  }
}
