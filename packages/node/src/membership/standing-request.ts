import { assertNever, CaucusError, type Logger } from "@caucus/base";
import { isVoter, type Member } from "@caucus/raft";
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
 * What a member still wants of its cluster: to become a voter after it has joined, or to have its
 * new address recorded. Asks until it is so; a restart goes on with it (N20).
 */
export class StandingRequest {
  readonly #parts: StandingRequestParts;
  #open: string | undefined;

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
    const isRecorded = isRecordedAs(raft, self);
    if (!this.#wantsVote()) return isRecorded || configuration.removed.includes(self.key);
    if (!isRecorded || !isVoter(configuration, self.key)) return false;
    await writeIntention(identity, undefined);
    logger.info("became a voter", { label: self.label });
    return true;
  }

  /** Before the log names this node there is nothing to ask, unless it has asked to join. */
  #hasSomethingToAsk(): boolean {
    const { raft, self } = this.#parts;
    const isNamed = raft.configuration().members.some((member) => member.key === self.key);
    return this.#wantsVote() || isNamed;
  }

  #wantsVote(): boolean {
    return readIntention(this.#parts.identity)?.kind === "joining";
  }

  async #ask(): Promise<void> {
    const { joiner, raft, routing, self } = this.#parts;
    const { route } = routing;
    const addresses = raft
      .configuration()
      .members.filter((member) => member.key !== self.key)
      .map((member) => member.rpcAddress);
    if (route.kind === "other") addresses.unshift(route.leader.rpcAddress);
    if (route.kind === "self") addresses.unshift(self.rpcAddress);
    const answer = await joiner.ask(raft.cluster, addresses);
    switch (answer.kind) {
      case "member":
        this.#open = this.#wantsVote() ? undefined : this.#open;
        return;
      case "wait":
        this.#open = `the cluster has not yet granted its request: ${answer.message}`;
        return;
      case "refused":
        throw new CaucusError("conflict", `cluster ${raft.cluster} refuses it: ${answer.message}`);
      default:
        assertNever(answer);
    }
  }
}
