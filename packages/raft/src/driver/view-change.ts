import type { RaftView } from "../core/raft-view.ts";
import type { MutableCounts } from "./driver-counts.ts";

/** Whether an observer would see no difference. */
export function looksAlike(view: RaftView, seen: RaftView): boolean {
  return (
    view.role === seen.role &&
    view.term === seen.term &&
    view.leader === seen.leader &&
    view.configuration.index === seen.configuration.index
  );
}

/** Counts what has changed from one view of the core to the next that looks different. */
export function countChange(
  counts: MutableCounts,
  before: RaftView | undefined,
  now: RaftView,
): void {
  if (now.leader !== undefined && now.leader !== before?.leader) counts.leaderChanges += 1;
  if (asksForVotes(now) && !asksForVotes(before)) counts.campaigns += 1;
}

function asksForVotes(view: RaftView | undefined): boolean {
  return view?.role === "candidate" || view?.role === "pre-candidate";
}
