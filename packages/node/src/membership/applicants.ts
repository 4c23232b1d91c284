import type { Clock } from "@caucus/base";
import type { LogIndex, MemberKey } from "@caucus/raft";
import type { JoinRequest } from "@caucus/rpc";
import type { Sighting } from "./leader-view.ts";

/** A learner that asked within it still wants to become a voter, in ms. */
const ASKING_MS = 5_000;

/** Keys that are remembered; the one that asked longest ago goes first. */
const KEYS_MAX = 1_024;

const NEVER_SEEN: Sighting = { startCounter: 0, doubtedIndex: 0 };

interface Applicant {
  readonly askedMs: number;
  readonly nominated: boolean;
  readonly seen: Sighting;
  /** What it was told last. */
  readonly answer: string;
}

/** What the leader remembers of those who ask to be taken in or to vote. */
export class Applicants {
  readonly #clock: Clock;
  readonly #applicants = new Map<MemberKey, Applicant>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Everybody who asked a short while ago; the value: whether it found the cluster by gossip. */
  asking(): ReadonlyMap<MemberKey, boolean> {
    const sinceMs = this.#clock.monotonicMs() - ASKING_MS;
    const asking = [...this.#applicants].filter(([, { askedMs }]) => askedMs >= sinceMs);
    return new Map(asking.map(([key, { nominated }]) => [key, nominated]));
  }

  seen(key: MemberKey): Sighting {
    return this.#applicants.get(key)?.seen ?? NEVER_SEEN;
  }

  answerTo(key: MemberKey): string | undefined {
    return this.#applicants.get(key)?.answer;
  }

  asks({ member: { key }, nominated }: JoinRequest): void {
    const askedMs = this.#clock.monotonicMs();
    const { answer = "its request is being looked at", seen = NEVER_SEEN } =
      this.#applicants.get(key) ?? {};
    this.#put(key, { askedMs, nominated, seen, answer });
  }

  /** `acknowledgedIndex`: what the leader knows to be durable on it. */
  noteMember(
    { lastIndex, member: { key }, startCounter }: JoinRequest,
    acknowledgedIndex: LogIndex,
  ): void {
    const applicant = this.#applicants.get(key);
    if (applicant === undefined) return;
    const seen: Sighting = {
      startCounter: Math.max(applicant.seen.startCounter, startCounter),
      doubtedIndex: lastIndex < acknowledgedIndex ? acknowledgedIndex : 0,
    };
    this.#put(key, { ...applicant, seen });
  }

  answered(key: MemberKey, answer: string): void {
    const applicant = this.#applicants.get(key);
    if (applicant !== undefined) this.#put(key, { ...applicant, answer });
  }

  #put(key: MemberKey, applicant: Applicant): void {
    this.#applicants.delete(key);
    this.#applicants.set(key, applicant);
    const [oldest] = this.#applicants.keys();
    if (this.#applicants.size > KEYS_MAX && oldest !== undefined) this.#applicants.delete(oldest);
  }
}
