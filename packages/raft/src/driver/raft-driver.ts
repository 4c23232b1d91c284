/**
 * Runs a Raft core over its ports. Everything is synchronous and callback-style: no promise, no
 * timer, no RPC per entry, so that the simulator runs this very code. One turn is
 *
 *     drain inbox → step → tick → take one output → send and write → apply → answer
 *
 * R15: a failed write, or a broken invariant, poisons the driver: nothing is acknowledged after.
 */
import { assert, BoundedQueue, type Logger, silentLogger } from "@caucus/base";
import type { SnapshotMeta } from "../core/configuration.ts";
import type { Entry } from "../core/entry.ts";
import type { LogIndex, MemberKey, Term } from "../core/identity.ts";
import type { MembershipChange } from "../core/membership/membership-change.ts";
import type { Message } from "../core/message.ts";
import type { Output, PersistBatch } from "../core/output.ts";
import { type Appended, Raft } from "../core/raft.ts";
import type { RaftView } from "../core/raft-view.ts";
import { CommitTimer } from "./commit-timer.ts";
import { copyOf, type DriverCounts, type MutableCounts, newCounts } from "./driver-counts.ts";
import type { RaftDriverOptions } from "./driver-options.ts";
import { LogCompactor } from "./log-compactor.ts";
import type {
  ChangeOutcome,
  NotAppended,
  ProposalOutcome,
  ReadOutcome,
  TransferOutcome,
} from "./outcome.ts";
import { PendingAdmin } from "./pending-admin.ts";
import { PendingProposals } from "./pending-proposals.ts";
import { PendingReads } from "./pending-reads.ts";
import type {
  AppliedEntry,
  PeerHandler,
  SnapshotHeader,
  SnapshotInstall,
  SnapshotReceiver,
} from "./ports.ts";
import type { RaftStatus } from "./raft-status.ts";
import { SnapshotTransfers } from "./snapshot-transfers.ts";
import { countChange, looksAlike } from "./view-change.ts";

const STOPPED = { kind: "stopped" } as const;
const ABORTED = { kind: "aborted" } as const;

export class RaftDriver implements PeerHandler {
  readonly #options: RaftDriverOptions;
  readonly #logger: Logger;
  readonly #raft: Raft;
  readonly #inbox: BoundedQueue<Message>;
  readonly #proposals: PendingProposals;
  readonly #reads: PendingReads;
  readonly #admin: PendingAdmin = new PendingAdmin();
  readonly #snapshots: SnapshotTransfers = new SnapshotTransfers();
  readonly #compactor: LogCompactor;
  readonly #counts: MutableCounts = newCounts();
  readonly #commits: CommitTimer;
  #nowMs: number;
  /** What the state machine has really applied or installed: reads are answered by it. */
  #appliedIndex: LogIndex;
  #appliedTerm: Term;
  #isScheduled: boolean = false;
  #isStopped: boolean = false;
  #poisoned: Error | undefined;
  /** What the observer was told last. */
  #seen: RaftView | undefined;

  constructor(options: RaftDriverOptions) {
    const { config, logStore, stateMachine } = options;
    const logState = options.logState ?? logStore.opened;
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#nowMs = options.nowMs();
    this.#raft = new Raft({
      self: options.self,
      startCounter: options.startCounter,
      config,
      rng: options.rng,
      nowMs: this.#nowMs,
      hardState: logState.hardState,
      compactedIndex: logState.compactedIndex,
      compactedTerm: logState.compactedTerm,
      lastIndex: logState.lastIndex,
      applied: stateMachine.opened,
      reader: logStore,
    });
    this.#compactor = new LogCompactor({ config, logStore, stateMachine, raft: this.#raft });
    this.#inbox = new BoundedQueue(config.inboxMax);
    this.#proposals = new PendingProposals(config.proposalsMax, this.#counts.proposals);
    this.#reads = new PendingReads(config.readersMax, this.#counts.reads);
    this.#commits = new CommitTimer((latencyMs) => options.observer?.committed?.(latencyMs));
    this.#appliedIndex = stateMachine.opened.index;
    this.#appliedTerm = stateMachine.opened.term;
  }

  /** To be called every `tickMs`. */
  tick(): void {
    if (this.#isStopped) return;
    this.#proposals.expire(this.#nowMs);
    this.#reads.expire(this.#nowMs, this.#raft.view().leader !== undefined, this.#raft);
    this.#turn();
  }

  /** For whoever has just created the cluster: the others wait for its first leader. */
  campaignSoon(): void {
    if (!this.#isStopped) this.#raft.campaignSoon();
  }

  /** Appends a command if this node leads; `done` is called once. `deadlineMs` is monotonic. */
  propose(data: Uint8Array, deadlineMs: number, done: (outcome: ProposalOutcome) => void): void {
    const begun = this.#tryPropose(data);
    if (begun.kind === "appended") {
      this.#proposals.add(begun.index, begun.term, deadlineMs, done);
      this.#schedule();
    } else {
      this.#counts.proposals[begun.kind] += 1;
      done(begun);
    }
  }

  /** On any member. In `done` of "ready" the local state may be read: it is new enough. */
  read(deadlineMs: number, done: (outcome: ReadOutcome) => void): void {
    if (this.#isStopped) {
      done({ kind: "stopped" });
    } else if (this.#reads.isFull()) {
      this.#counts.reads.overloaded += 1;
      done({ kind: "overloaded", limit: `${this.#options.config.readersMax} reads` });
    } else {
      this.#reads.add({ deadlineMs, done });
      this.#schedule();
    }
  }

  /** Answered when the final configuration is committed. */
  changeMembership(
    change: MembershipChange,
    deadlineMs: number,
    done: (outcome: ChangeOutcome) => void,
  ): void {
    const begun = this.#isStopped ? STOPPED : this.#raft.changeMembership(change);
    if (begun.kind === "appended") {
      this.#admin.changeStarted({ index: begun.index, term: begun.term, deadlineMs, done });
      this.#schedule();
    } else {
      done(begun);
    }
  }

  /** Ends within two election timeouts: with the target as leader, or aborted. */
  transferLeadership(
    target: MemberKey | undefined,
    done: (outcome: TransferOutcome) => void,
  ): void {
    const begun = this.#isStopped ? ABORTED : this.#raft.transferLeadership(target);
    if (begun.kind === "started") {
      const deadlineMs = this.#nowMs + this.#options.config.electionTimeoutMs * 2;
      this.#admin.transferStarted({ to: begun.target, deadlineMs, done });
      this.#schedule();
    } else {
      done(begun);
    }
  }

  /**
   * Compacts the log as far as the state is on disk, and up to `upTo` at most; returns the compacted
   * index.
   */
  compact(upTo: LogIndex = Number.MAX_SAFE_INTEGER): LogIndex {
    if (!this.#isStopped) {
      this.#compactor.compactTo(upTo, this.#appliedIndex, this.#snapshots.streamingIndex());
    }
    return this.#raft.view().compactedIndex;
  }

  receive(messages: readonly Message[]): void {
    if (this.#isStopped) return;
    this.#counts.messagesReceived += messages.length;
    for (const message of messages) {
      if (message.to !== this.#options.self) continue;
      // Beyond the limit it is lost, as on a network: Raft repeats what matters.
      if (!this.#inbox.push(message)) this.#counts.messagesDropped += 1;
    }
    this.#schedule();
  }

  receiveSnapshot(header: SnapshotHeader): SnapshotReceiver | undefined {
    const { self, cluster, stateMachine } = this.#options;
    const { term, commitIndex } = this.#raft.view();
    if (this.#isStopped || header.cluster !== cluster || header.to !== self) return undefined;
    if (header.term < term) return undefined;
    if (header.meta.index <= commitIndex) {
      this.#answerKnownSnapshot(header);
      return undefined;
    }
    return this.#snapshots.receive(() => stateMachine.receiveSnapshot(header.meta));
  }

  snapshotReceived(header: SnapshotHeader, install: SnapshotInstall): void {
    if (this.#isStopped) this.#snapshots.refuse(install);
    this.#guard(() => {
      this.#advanceClock();
      const { from, to, term, meta } = header;
      const isWanted = this.#raft.snapshotReceived({ kind: "snapshot", from, to, term, meta });
      if (isWanted) this.#snapshots.accept(install);
      else this.#snapshots.refuse(install);
      // At once: the batch that installs it must be the next one.
      this.#work();
    });
  }

  status(): RaftStatus {
    const view = this.#raft.view();
    return {
      role: view.role,
      term: view.term,
      vote: view.vote,
      leader: view.leader,
      commitIndex: view.commitIndex,
      appliedIndex: this.#appliedIndex,
      appliedTerm: this.#appliedTerm,
      lastIndex: view.lastIndex,
      compactedIndex: view.compactedIndex,
      compactedTerm: view.compactedTerm,
      configuration: view.configuration.configuration,
      configurationIndex: view.configuration.index,
      configurationCommitted: view.configuration.index <= view.commitIndex,
      hasCommittedInTerm: view.hasCommittedInTerm,
      transferring: view.transferTarget !== undefined,
      peers: this.#raft.peers(),
      poisoned: this.#poisoned,
    };
  }

  counts(): DriverCounts {
    const waiting = { proposalsWaiting: this.#proposals.size, readsWaiting: this.#reads.size };
    return { ...copyOf(this.#counts), ...waiting };
  }

  /** The core's own view, cheaper than `status`. */
  view(): RaftView {
    return this.#raft.view();
  }

  /** Answers everything that waits. Nothing happens afterwards. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#snapshots.takeAccepted()?.discard();
    this.#proposals.stop();
    this.#reads.stop();
    this.#admin.stop();
  }

  /** Everything in it is committed here: the leader must learn so, or it offers it for ever. */
  #answerKnownSnapshot({ from, to, term, meta }: SnapshotHeader): void {
    this.#guard(() => {
      this.#advanceClock();
      const isWanted = this.#raft.snapshotReceived({ kind: "snapshot", from, to, term, meta });
      assert(!isWanted, "R7: a snapshot of what is committed is not installed");
      this.#schedule();
    });
  }

  #tryPropose(data: Uint8Array): Appended | NotAppended {
    if (this.#isStopped) return STOPPED;
    if (this.#proposals.isFull()) {
      return { kind: "overloaded", limit: `${this.#options.config.proposalsMax} proposals` };
    }
    return this.#raft.propose(data);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.schedule(() => {
      this.#isScheduled = false;
      this.#turn();
    });
  }

  #turn(): void {
    this.#guard(() => {
      this.#advanceClock();
      for (let message = this.#inbox.shift(); message; message = this.#inbox.shift()) {
        this.#raft.step(message);
      }
      this.#raft.tick();
      this.#work();
    });
  }

  #guard(work: () => void): void {
    if (this.#isStopped) return;
    try {
      work();
    } catch (thrown) {
      this.#poison(thrown instanceof Error ? thrown : new Error(String(thrown)));
    }
  }

  #advanceClock(): void {
    this.#nowMs = Math.max(this.#nowMs, this.#options.nowMs());
    this.#raft.setNow(this.#nowMs);
  }

  /** Takes one output and does what it says. */
  #work(): void {
    this.#reads.begin(this.#raft);
    const output = this.#raft.takeOutput();
    for (const message of output.messages) this.#options.transport.send(message);
    this.#counts.messagesSent += output.messages.length;
    if (output.persist !== undefined) this.#write(output.persist);
    this.#apply(output.committed);
    this.#answer(output);
    for (const to of output.snapshotTargets) this.#sendSnapshot(to);
    this.#compactor.maybeCompact(this.#appliedIndex, this.#snapshots.streamingIndex());
    if (this.#raft.hasMoreToApply()) this.#schedule();
  }

  #write(batch: PersistBatch): void {
    const install = batch.snapshot === undefined ? undefined : this.#snapshots.takeAccepted();
    assert((batch.snapshot === undefined) === (install === undefined), "R7: install with its data");
    const { hardState, entries, sequence, snapshot } = batch;
    const last = entries.at(-1);
    if (last !== undefined) this.#commits.written(last.index, this.#nowMs);
    this.#options.logStore.write({ hardState, entries, install }, (error) => {
      this.#guard(() => {
        if (error !== undefined) throw error;
        if (snapshot !== undefined) this.#installed(snapshot);
        this.#raft.persisted(sequence);
        this.#schedule();
      });
    });
  }

  #installed(meta: SnapshotMeta): void {
    this.#options.stateMachine.installed(meta);
    this.#appliedIndex = meta.index;
    this.#appliedTerm = meta.term;
    this.#snapshots.installed();
    this.#counts.snapshotsInstalled += 1;
    this.#proposals.skipped(meta.index);
  }

  #apply(committed: readonly Entry[]): void {
    const last = committed[committed.length - 1];
    if (last === undefined) return;
    const applied: AppliedEntry[] = committed.map((entry) => {
      this.#compactor.applied(entry);
      const { index, configuration } = this.#raft.configurationAt(entry.index);
      const { index: at, term } = entry;
      return { entry, meta: { index: at, term, configuration, configurationIndex: index } };
    });
    const results = this.#options.stateMachine.apply(applied);
    assert(results.length === committed.length, "one result per applied entry");
    this.#appliedIndex = last.index;
    this.#appliedTerm = last.term;
    for (let position = 0; position < committed.length; position++) {
      const entry = committed[position] as Entry;
      this.#proposals.applied(entry, results[position]);
      this.#admin.applied(entry);
    }
  }

  #answer(output: Output): void {
    for (const { number, index } of output.reads) this.#reads.confirmed(number, index);
    this.#reads.answer(this.#appliedIndex);
    const view = this.#raft.view();
    this.#admin.settle(view, this.#nowMs);
    if (view.role === "leader") this.#commits.committed(view.commitIndex, this.#nowMs);
    else this.#commits.clear();
    if (this.#seen !== undefined && looksAlike(view, this.#seen)) return;
    countChange(this.#counts, this.#seen, view);
    this.#seen = view;
    this.#logger.debug("raft state", {
      role: view.role,
      term: view.term,
      leader: view.leader,
      configurationIndex: view.configuration.index,
    });
    this.#options.observer?.changed?.();
  }

  #sendSnapshot(to: MemberKey): void {
    const { self, cluster, stateMachine, transport } = this.#options;
    const source = stateMachine.openSnapshot();
    const { term, compactedIndex } = this.#raft.view();
    assert(source.meta.index >= compactedIndex, "R7: a snapshot reaches the compacted index");
    const header: SnapshotHeader = { cluster, from: self, to, term, meta: source.meta };
    this.#logger.info("sending a snapshot", { to, index: source.meta.index });
    this.#snapshots.send(transport, header, source, (index) => {
      if (this.#isStopped) return;
      this.#logger.info("snapshot transfer ended", { to, delivered: index !== undefined });
      if (index !== undefined) this.#counts.snapshotsSent += 1;
      this.#raft.snapshotSent(to, index);
      this.#schedule();
    });
  }

  #poison(error: Error): void {
    if (this.#isStopped) return;
    this.#poisoned = error;
    this.#logger.error("poisoned: nothing more is acknowledged", { error: error.message });
    this.stop();
    this.#options.observer?.poisoned?.(error);
  }
}
