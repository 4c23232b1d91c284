import type { Clock } from "@caucus/base";
import type { ChangeOutcome, MembershipChange } from "@caucus/raft";
import type { RaftMember } from "../raft-member.ts";
import type { DecisionLog } from "./decision-log.ts";
import type { LeaderView, VoterLimits } from "./leader-view.ts";
import { CHANGE_TIMEOUT_MS, changeError } from "./operator-changes.ts";
import { explainLearner, judgeVoters } from "./voter-judge.ts";

const LOOK_EVERY_MS = 200;

/** After a change that did not go through. */
const PAUSE_AFTER_FAILURE_MS = 1_000;

export interface MembershipSyncParts {
  readonly raft: RaftMember;
  readonly leadership: { look(): LeaderView | undefined };
  readonly limits: VoterLimits;
  readonly decisions: DecisionLog;
  readonly clock: Clock;
  readonly pause: (ms: number) => Promise<void>;
  readonly isStopping: () => boolean;
}

/** While this node leads: looks around again and again, and carries out what `judgeVoters` decides. */
export class MembershipSync {
  readonly #parts: MembershipSyncParts;

  constructor(parts: MembershipSyncParts) {
    this.#parts = parts;
  }

  /** Resolves when the node stops. */
  async run(): Promise<void> {
    const { isStopping, pause } = this.#parts;
    while (!isStopping()) {
      await pause((await this.#step()) ? LOOK_EVERY_MS : PAUSE_AFTER_FAILURE_MS);
    }
  }

  /** Why each learner is none of the voters; empty while this node does not lead. */
  standings(): readonly string[] {
    const { leadership, limits } = this.#parts;
    const view = leadership.look();
    if (view === undefined) return [];
    const { learners, members } = view.configuration;
    return members
      .filter(({ key }) => learners.includes(key))
      .map((member) => explainLearner(view, limits, member));
  }

  /** False when a change did not go through. */
  async #step(): Promise<boolean> {
    const { decisions, leadership, limits } = this.#parts;
    const view = leadership.look();
    const found = view === undefined ? undefined : judgeVoters(view, limits);
    if (found === undefined) return true;
    decisions.record(found.decision, found.reason);
    const outcome = await this.#change(found.change);
    if (outcome.kind === "changed") return true;
    decisions.record(`not done: ${found.decision}`, changeError(outcome).message);
    return false;
  }

  #change(change: MembershipChange): Promise<ChangeOutcome> {
    const { clock, raft } = this.#parts;
    const deadlineMs = clock.monotonicMs() + CHANGE_TIMEOUT_MS;
    return new Promise((resolve) => raft.driver.changeMembership(change, deadlineMs, resolve));
  }
}
