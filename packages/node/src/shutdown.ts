import type { Logger } from "@caucus/base";
import type { TransferOutcome } from "@caucus/raft";
import type { RaftMember } from "./raft-member.ts";

/** A leader that stops waits so long for somebody to take over, in ms. */
const HAND_OVER_MS = 2_000;

/** How long what was appended before the hand-over may take to be applied here, in ms. */
const SETTLE_MS = 500;
const SETTLE_POLL_MS = 20;

/**
 * N21: a leader that is told to stop hands leadership over first, and stays until what it has
 * appended is applied and answered. Bounded; a cluster without anybody else is just left.
 */
export async function handOverLeadership(
  raft: RaftMember,
  pause: (ms: number) => Promise<void>,
  logger: Logger,
): Promise<void> {
  const { role, configuration, lastIndex } = raft.status();
  if (role !== "leader" || configuration.voters.length < 2) return;
  const outcome = await Promise.race([transfer(raft), pause(HAND_OVER_MS)]);
  if (outcome?.kind === "transferred") logger.info("handed leadership over");
  else logger.warn("nobody has taken leadership over", { outcome: outcome?.kind });
  for (let waitedMs = 0; waitedMs < SETTLE_MS; waitedMs += SETTLE_POLL_MS) {
    if (raft.status().appliedIndex >= lastIndex) return;
    await pause(SETTLE_POLL_MS);
  }
}

function transfer(raft: RaftMember): Promise<TransferOutcome> {
  return new Promise((resolve) => raft.driver.transferLeadership(undefined, resolve));
}
