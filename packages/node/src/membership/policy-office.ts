import { CaucusError, type Clock } from "@caucus/base";
import {
  encodeCommand,
  type MembershipPolicy,
  type PointReader,
  readMembershipPolicy,
  type SetMembershipPolicy,
  validateCommand,
} from "@caucus/kv";
import type { WritePath } from "../write-path.ts";

const WRITE_TIMEOUT_MS = 5_000;

export interface PolicyOfficeParts {
  readonly state: PointReader;
  readonly writes: Pick<WritePath, "submit">;
  readonly clock: Clock;
}

/** Reads and changes what automatic membership may do; the policy is part of the replicated state. */
export class PolicyOffice {
  readonly #parts: PolicyOfficeParts;

  constructor(parts: PolicyOfficeParts) {
    this.#parts = parts;
  }

  /** As far as it is applied here. */
  get policy(): MembershipPolicy {
    return readMembershipPolicy(this.#parts.state);
  }

  /** Automation leaves these labels alone from now on. On the leader. @throws CaucusError */
  async pause(labels: readonly number[]): Promise<void> {
    const { paused } = this.policy;
    const pause = labels.filter((label) => !paused.includes(label));
    if (pause.length > 0) await this.change({ pause });
  }

  /** Answers with the policy after it. On the leader. @throws CaucusError with `outcome` */
  change(wanted: Partial<SetMembershipPolicy>): Promise<MembershipPolicy> {
    const { clock, writes } = this.#parts;
    const { automatic, pause = [], readmit = [] } = wanted;
    const command = { kind: "set-membership-policy", automatic, pause, readmit } as const;
    const problem = validateCommand(command);
    if (problem !== undefined) return Promise.reject(refusal(problem));
    const data = encodeCommand(command);
    const deadlineMs = clock.monotonicMs() + WRITE_TIMEOUT_MS;
    return new Promise((resolve, reject) => {
      writes.submit({ data, deadlineMs, forward: false }, (outcome) => {
        if (outcome.kind === "failed") reject(outcome.error);
        else if (outcome.result.kind === "refused") reject(refusal(outcome.result.message));
        else resolve(this.policy);
      });
    });
  }
}

function refusal(message: string): CaucusError {
  return new CaucusError("invalid_argument", message, { outcome: "not_applied" });
}
