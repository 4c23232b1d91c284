import { assertNever, CaucusError, type Logger } from "@caucus/base";
import { isVoter, type Member, memberOf } from "@caucus/raft";
import type { IdentityStore } from "@caucus/storage";
import { isRecordedAs } from "../active-member.ts";
import { readIntention, writeIntention } from "../bootstrap/intention.ts";
import type { LeaderRouting } from "../leader-routing.ts";
import type { RaftMember } from "../raft-member.ts";
import type { Joiner } from "./joiner.ts";

const ASK_EVERY_MS = 500;

export interface StandingRequestParts {
  readonly self: Member;
  readonly identity: IdentityStore;
  readonly raft: RaftMember;
  readonly routing: LeaderRouting;
  readonly joiner: Joiner;
  readonly logger: Logger;
  readonly pause: (ms: number) => Promise<void>;
  readonly isStopping: () => boolean;
}

/**
 * What a member still wants of its cluster: to become a voter after it has joined, to have its new
 * address recorded, and, as a voter that was started again, to be confirmed once, so that the
 * leader can see a disk that went back in time. Asks until it is so; a restart goes on (N20).
 */
export class StandingRequest {
  readonly #parts: StandingRequestParts;
  #open: string | undefined;
  #isConfirmed = false;

  constructor(parts: StandingRequestParts) {
    this.#parts = parts;
  }

  /** What is not yet granted: a sentence for `/readyz`; undefined when nothing is open. */
  get open(): string | undefined {
    return this.#open;
  }

  /** Resolves when nothing is open. @throws CaucusError `conflict` when the leader refuses */
  async run(): Promise<void> {
    const { isStopping, pause } = this.#parts;
    while (!isStopping() && !(await this.#isFulfilled())) {
      if (this.#hasSomethingToAsk()) await this.#ask();
      await pause(ASK_EVERY_MS);
    }
    this.#open = undefined;
  }

  async #isFulfilled(): Promise<boolean> {
    const { identity, logger, raft, self } = this.#parts;
    const configuration = raft.configuration();
    const isVoting = isVoter(configuration, self.key);
    if (!isRecordedAs(raft, self)) {
      return !this.#wantsVote() && configuration.removed.includes(self.key);
    }
    if (!this.#wantsVote()) return this.#isConfirmed || !isVoting;
    if (!isVoting) return false;
    await writeIntention(identity, undefined);
    logger.info("became a voter", { label: self.label });
    return true;
  }

  /** Before the log names this node there is nothing to ask, unless it has asked to join. */
  #hasSomethingToAsk(): boolean {
    const { raft, self } = this.#parts;
    return this.#wantsVote() || memberOf(raft.configuration(), self.key) !== undefined;
  }

  #wantsVote(): boolean {
    return readIntention(this.#parts.identity)?.kind === "joining";
  }

  async #ask(): Promise<void> {
    const { joiner, raft, self } = this.#parts;
    const isForMore = this.#wantsVote() || !isRecordedAs(raft, self);
    const answer = await joiner.ask(raft.cluster, this.#addresses());
    switch (answer.kind) {
      case "member":
        this.#open = undefined;
        this.#isConfirmed = true;
        return;
      case "wait":
        if (!isForMore) return;
        this.#open = `the cluster has not yet granted its request: ${answer.message}`;
        return;
      case "refused":
        throw new CaucusError("conflict", `cluster ${raft.cluster} refuses it: ${answer.message}`);
      default:
        assertNever(answer);
    }
  }

  /** The leader's first, its own when it leads itself. */
  #addresses(): readonly string[] {
    const { raft, routing, self } = this.#parts;
    const { route } = routing;
    if (route.kind === "self") return [self.rpcAddress];
    const others = raft.configuration().members.filter((member) => member.key !== self.key);
    const addresses = others.map((member) => member.rpcAddress);
    return route.kind === "other" ? [route.leader.rpcAddress, ...addresses] : addresses;
  }
}
