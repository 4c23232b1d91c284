import type { ChangeOutcome, MembershipChange, RaftDriver } from "@caucus/raft";
import type { NodeProcess } from "./node-process.ts";
import type { NodesSuite } from "./nodes-suite.ts";

/** Lets the checkers see every change of the membership that anything on this node proposes. */
export function observeProposals(
  driver: RaftDriver,
  process: NodeProcess,
  suite: NodesSuite,
): void {
  const propose = driver.changeMembership.bind(driver);
  driver.changeMembership = (
    change: MembershipChange,
    deadlineMs: number,
    done: (outcome: ChangeOutcome) => void,
  ): void => {
    const { configuration, configurationCommitted, configurationIndex } = driver.status();
    suite.proposing({
      label: process.label,
      key: process.key,
      cluster: process.identity.cluster ?? "",
      reason: process.loggedReason,
      change,
      configuration,
      configurationIndex,
      isSettled: configurationCommitted,
      votersSinceMs: process.votersSinceMs,
      silenceOf: (key) => process.silenceOf(key),
      isLiveInGossip: (key) =>
        process.member.gossip?.members().some((member) => member.key === key && member.live) ===
        true,
    });
    process.loggedReason = undefined;
    propose(change, deadlineMs, done);
  };
}
