/**
 * Says which disks may be lost for good. Raft survives the loss of a minority; a nemesis that
 * takes a majority proves nothing. Every configuration that is or may still come into force
 * counts: the last committed one and all that a leader appended behind it.
 */
import {
  type Configuration,
  decodeConfiguration,
  isJoint,
  type LogIndex,
  type MemberKey,
} from "@caucus/raft";
import type { Checker } from "./checkers/checker.ts";
import type { Counters } from "./counters.ts";

interface Candidate {
  readonly index: LogIndex;
  readonly configuration: Configuration;
}

export class QuorumGuard {
  readonly #isIntact: (key: MemberKey) => boolean;
  readonly #counters: Counters;
  #candidates: Candidate[] = [];
  #committed: Candidate | undefined;
  #committedIndex = 0;

  constructor(isIntact: (key: MemberKey) => boolean, counters: Counters) {
    this.#isIntact = isIntact;
    this.#counters = counters;
  }

  /** The last committed configuration. */
  get configuration(): Configuration | undefined {
    return this.#committed?.configuration;
  }

  /** Keeps the candidates up to date; it judges nothing. */
  get observer(): Checker {
    return {
      // Whoever appends a configuration first is a leader, and shows it at the end of that event.
      stepped: (_node, before, after) => {
        if (after.role !== "leader" || after.configurationIndex <= before.configurationIndex)
          return;
        const { configurationIndex: index, configuration } = after;
        this.#candidates.push({ index, configuration });
      },
      committed: (_node, { entry, first }) => {
        if (!first) return;
        this.#committedIndex = entry.index;
        if (entry.kind !== "configuration") return;
        const configuration = decodeConfiguration(entry.data);
        if (isJoint(configuration)) this.#counters.add("joint change");
        this.#committed = { index: entry.index, configuration };
        this.#candidates = this.#candidates.filter(({ index }) => index > entry.index);
      },
    };
  }

  /** Whether the cluster survives when this disk never comes back. */
  mayLose(lost: MemberKey): boolean {
    // Before the first commit the configuration may be on one disk only.
    if (this.#committed === undefined || this.#committedIndex < 2) return false;
    const all = [this.#committed, ...this.#candidates];
    return all.every(({ configuration }) => this.#survives(configuration, lost));
  }

  /** Whether so many of these voters are there that they can decide. */
  hasQuorum(voters: readonly MemberKey[]): boolean {
    return this.#hasMajority(voters, undefined);
  }

  #survives(configuration: Configuration, lost: MemberKey): boolean {
    const { voters, outgoing } = configuration;
    if (!this.#hasMajority(voters, lost)) return false;
    return outgoing.length === 0 || this.#hasMajority(outgoing, lost);
  }

  #hasMajority(voters: readonly MemberKey[], lost: MemberKey | undefined): boolean {
    const intact = voters.filter((key) => key !== lost && this.#isIntact(key));
    return intact.length * 2 > voters.length;
  }
}
