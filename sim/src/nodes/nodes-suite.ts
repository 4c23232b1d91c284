import type { ClusterId, Configuration, MemberKey } from "@caucus/raft";
import type { BootstrapPromise } from "@caucus/rpc";
import type { Identity } from "@caucus/storage";
import type { DiskTruth, ObservedNode, Report } from "../checkers/checker.ts";
import { CheckerSuite } from "../checkers/suite.ts";
import type { Violation } from "../checkers/violation.ts";
import { answeringQuorum } from "./checkers/answering-quorum.ts";
import { exclusivePromise } from "./checkers/exclusive-promise.ts";
import { foundedOnPromises } from "./checkers/founded-on-promises.ts";
import { joinsNeither } from "./checkers/joins-neither.ts";
import { judgedConfigurationNamed } from "./checkers/judged-configuration-named.ts";
import { livingVotersStay, type SilenceLimits } from "./checkers/living-voters-stay.ts";
import type { NodesChecker, Proposal, Who } from "./checkers/nodes-checker.ts";
import { oddVoters } from "./checkers/odd-voters.ts";
import { oneClusterPerKey } from "./checkers/one-cluster-per-key.ts";
import { oneFounding } from "./checkers/one-founding.ts";
import { oneStepAtATime } from "./checkers/one-step-at-a-time.ts";
import { promotedAnswers } from "./checkers/promoted-answers.ts";
import { removedStaysOut } from "./checkers/removed-stays-out.ts";
import { settledVoters } from "./checkers/settled-voters.ts";

/** An operator's change of voters waits up to 2 s for each, and up to 5 s for the policy. */
const PROMOTED_SILENCE_MS_MAX = 20_000;

export interface NodesTruth extends DiskTruth {
  /** What is on the disk of the key; undefined when there never was such a key. */
  identityOf(key: MemberKey): Identity | undefined;
}

export interface NodesSuiteOptions extends SilenceLimits {
  readonly settleMs: number;
  /** Only one cluster may come of these nodes. */
  readonly isExclusive: boolean;
}

/** All checkers of one run of whole nodes, with a suite of Raft's own for each cluster. */
export class NodesSuite {
  readonly #truth: NodesTruth;
  readonly #checkers: NodesChecker[];
  readonly #rafts = new Map<ClusterId, CheckerSuite>();
  #violation: Violation | undefined;

  constructor(truth: NodesTruth, options: NodesSuiteOptions) {
    this.#truth = truth;
    const as =
      (property: string): Report =>
      (message) =>
        this.report(property, message);
    this.#checkers = [
      ...(options.isExclusive ? [oneFounding(as("One Founding"))] : []),
      oneClusterPerKey(as("One Cluster Per Key")),
      exclusivePromise(as("Exclusive Promise")),
      foundedOnPromises(as("Founded On Promises"), (key, cluster) =>
        this.#isPromised(key, cluster),
      ),
      judgedConfigurationNamed(as("Judged Configuration Named")),
      oneStepAtATime(as("One Step At A Time")),
      settledVoters(as("Settled Voters"), options.settleMs),
      oddVoters(as("Odd Voters")),
      answeringQuorum(as("Answering Quorum"), options.reachableMs),
      livingVotersStay(as("Living Voters Stay"), options),
      removedStaysOut(as("Removed Stays Out")),
      promotedAnswers(as("Promoted Answers"), PROMOTED_SILENCE_MS_MAX),
      joinsNeither(as("Joins Neither")),
    ];
  }

  /** The first one: later ones are mostly its consequences. */
  get violation(): Violation | undefined {
    if (this.#violation !== undefined) return this.#violation;
    for (const { violation } of this.#rafts.values()) if (violation !== undefined) return violation;
    return undefined;
  }

  /** Every cluster in which Raft has run. */
  get clusters(): readonly ClusterId[] {
    return [...this.#rafts.keys()];
  }

  /** The checkers of Raft in that cluster. */
  raft(cluster: ClusterId): CheckerSuite | undefined {
    return this.#rafts.get(cluster);
  }

  /** Adds somebody who wants to see the same things without judging them. */
  observe(observer: NodesChecker): void {
    this.#checkers.push(observer);
  }

  report(property: string, message: string): void {
    this.#violation ??= { property, message };
  }

  began(node: ObservedNode, cluster: ClusterId): void {
    let raft = this.#rafts.get(cluster);
    if (raft === undefined) {
      raft = new CheckerSuite(this.#truth);
      this.#rafts.set(cluster, raft);
    }
    raft.started(node, false);
    for (const checker of this.#checkers) checker.began?.(node, cluster);
  }

  bound(who: Who, before: Identity, after: Identity): void {
    for (const checker of this.#checkers) checker.bound?.(who, before, after);
  }

  granted(who: Who, onDisk: Identity, request: BootstrapPromise): void {
    for (const checker of this.#checkers) checker.granted?.(who, onDisk, request);
  }

  withdrawn(who: Who, asker: MemberKey, cluster: ClusterId): void {
    for (const checker of this.#checkers) checker.withdrawn?.(who, asker, cluster);
  }

  founding(who: Who, onDisk: Identity, configuration: Configuration): void {
    for (const checker of this.#checkers) checker.founding?.(who, onDisk, configuration);
  }

  proposing(proposal: Proposal): void {
    for (const checker of this.#checkers) checker.proposing?.(proposal);
  }

  sees(who: Who, clusters: readonly ClusterId[], nowMs: number): void {
    for (const checker of this.#checkers) checker.sees?.(who, clusters, nowMs);
  }

  asksToJoin(who: Who, cluster: ClusterId, nowMs: number): void {
    for (const checker of this.#checkers) checker.asksToJoin?.(who, cluster, nowMs);
  }

  removed(label: number, cluster: ClusterId): void {
    for (const checker of this.#checkers) checker.removed?.(label, cluster);
  }

  readmitted(label: number): void {
    for (const checker of this.#checkers) checker.readmitted?.(label);
  }

  #isPromised(key: MemberKey, cluster: ClusterId): boolean {
    const identity = this.#truth.identityOf(key);
    if (identity === undefined) return false;
    return identity.cluster === cluster || identity.promise?.includes(cluster) === true;
  }
}
