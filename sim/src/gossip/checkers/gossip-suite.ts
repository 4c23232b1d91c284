/** All checkers of one run of gossip. Remembers the first violation. */
import type { MembershipEvent } from "@caucus/chitchat";
import type { Message } from "@caucus/chitchat/wire";
import type { Report } from "../../checkers/checker.ts";
import type { Violation } from "../../checkers/violation.ts";
import type { Counters } from "../../counters.ts";
import type { GossipCounterName } from "../gossip-floors.ts";
import type { GossipOptions } from "../gossip-options.ts";
import type { Owners, WrittenEntry } from "../owners.ts";
import { datagramLimits } from "./datagram-limits.ts";
import { deadForgotten } from "./dead-forgotten.ts";
import { faithfulCopy } from "./faithful-copy.ts";
import type { Cause, GossipChecker, ObservedProcess, ViewChange } from "./gossip-checker.ts";
import { leftIsDead } from "./left-is-dead.ts";
import { markedCollected } from "./marked-collected.ts";
import { monotonicHeartbeat } from "./monotonic-heartbeat.ts";
import { monotonicVersions } from "./monotonic-versions.ts";
import { hasBoundedRules, noFalseDeath, type WorldTruth } from "./no-false-death.ts";
import { noResurrection } from "./no-resurrection.ts";
import { ownState } from "./own-state.ts";
import { silenceNoticed } from "./silence-noticed.ts";

export interface GossipSuiteOptions {
  readonly options: Pick<GossipOptions, "rules">;
  readonly owners: Owners;
  readonly truth: WorldTruth;
  readonly counters: Pick<Counters<GossipCounterName>, "add">;
}

export class GossipSuite {
  readonly #checkers: readonly GossipChecker[];
  #violation: Violation | undefined;

  constructor({ options, owners, truth, counters }: GossipSuiteOptions) {
    const as =
      (property: string): Report =>
      (message) =>
        this.report(property, message);
    const checkers = [
      ownState(as("Own State")),
      faithfulCopy(as("Faithful Copy"), owners),
      monotonicVersions(as("Monotonic Versions")),
      monotonicHeartbeat(as("Monotonic Heartbeat")),
      noResurrection(as("No Resurrection"), owners, () =>
        counters.add("deleted key shown once more"),
      ),
      markedCollected(as("Marked Collected"), () => counters.add("tombstone collected")),
      silenceNoticed(as("Silence Noticed")),
      deadForgotten(as("Dead Forgotten")),
      leftIsDead(as("Left Is Dead")),
      datagramLimits(as("Datagram Limits")),
    ];
    if (hasBoundedRules(options.rules)) {
      checkers.push(noFalseDeath(as("No False Death"), truth));
    }
    this.#checkers = checkers;
  }

  get violation(): Violation | undefined {
    return this.#violation;
  }

  /** Only the first counts: later ones are mostly its consequences. */
  report(property: string, message: string): void {
    this.#violation ??= { property, message };
  }

  started(process: ObservedProcess): void {
    for (const checker of this.#checkers) checker.started?.(process);
  }

  ended(process: ObservedProcess): void {
    for (const checker of this.#checkers) checker.ended?.(process);
  }

  wrote(process: ObservedProcess, entry: WrittenEntry): void {
    for (const checker of this.#checkers) checker.wrote?.(process, entry);
  }

  membership(process: ObservedProcess, event: MembershipEvent): void {
    for (const checker of this.#checkers) checker.membership?.(process, event);
  }

  sent(process: ObservedProcess, message: Message | undefined, bytes: number): void {
    for (const checker of this.#checkers) checker.sent?.(process, message, bytes);
  }

  changed(process: ObservedProcess, change: ViewChange, cause: Cause): void {
    for (const checker of this.#checkers) checker.changed?.(process, change, cause);
  }

  stepped(process: ObservedProcess, cause: Cause, wasLive: ReadonlySet<string>): void {
    for (const checker of this.#checkers) checker.stepped?.(process, cause, wasLive);
  }
}
