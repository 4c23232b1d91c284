import { memberOf } from "@caucus/raft";
import type { Counters } from "../counters.ts";
import { differenceOf } from "./checkers/difference.ts";
import type { NodesChecker } from "./checkers/nodes-checker.ts";
import type { NodesCounterName } from "./nodes-floors.ts";

/** Counts what the checkers judge: a run in which it never happened proves nothing about it. */
export function eventCounter(counters: Counters<NodesCounterName>): NodesChecker {
  let foundings = 0;
  return {
    granted: () => counters.add("promise granted"),
    withdrawn: () => counters.add("promise withdrawn"),
    founding() {
      counters.add("cluster founded");
      if (++foundings === 2) counters.add("second cluster");
    },
    removed: () => counters.add("removed by an operator"),
    proposing({ change, configuration, reason }) {
      if (reason === undefined) return;
      const { learnersAdded, votersAdded, votersDropped } = differenceOf(configuration, change);
      counters.add("node taken in", learnersAdded.length);
      if (votersDropped.length === 0 && votersAdded.length > 0) counters.add("voters grown");
      for (const key of votersDropped) {
        const label = memberOf(configuration, key)?.label;
        const isStandIn = change.members.some((member) => member.label === label);
        counters.add(isStandIn ? "stand-in for a label" : "voter replaced");
      }
    },
  };
}
