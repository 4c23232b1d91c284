/**
 * A handful of Raft cores in one process, without drivers: messages are delivered when a test
 * says so, disks are durable at once unless held, time moves by hand. For tests of the core.
 */
import { assert, createSeededRng } from "@caucus/base";
import type { Configuration, Member } from "../src/core/configuration.ts";
import { EMPTY_CONFIGURATION } from "../src/core/configuration.ts";
import { type Entry, entryBytes, type HardState } from "../src/core/entry.ts";
import type { LogIndex, MemberKey, Term } from "../src/core/identity.ts";
import type { LogReader } from "../src/core/log-reader.ts";
import type { Message } from "../src/core/message.ts";
import type { ConfirmedRead } from "../src/core/output.ts";
import { Raft } from "../src/core/raft.ts";
import { RAFT_DEFAULTS, type RaftConfig } from "../src/core/raft-config.ts";
import { createInitialBatch } from "../src/driver/initial-batch.ts";

/** The key of the member with this label: its number, padded to 32 digits. */
export function keyOf(label: number): MemberKey {
  return label.toString(16).padStart(32, "0");
}

export function memberWith(label: number): Member {
  return { key: keyOf(label), label, rpcAddress: `h:${label}`, apiAddress: `h:${label}` };
}

export function configurationOf(voters: readonly number[]): Configuration {
  return { ...EMPTY_CONFIGURATION, voters: voters.map(keyOf), members: voters.map(memberWith) };
}

/** A log in memory: what the core has handed out, with the durable part apart. */
class CoreLog implements LogReader {
  entriesHeld: Entry[] = [];
  hardState: HardState = { term: 0, vote: undefined };

  term(index: LogIndex): Term {
    return (this.entriesHeld[index - 1] as Entry).term;
  }

  entries(from: LogIndex, to: LogIndex, bytesMax: number): readonly Entry[] {
    const result: Entry[] = [];
    let bytes = 0;
    for (const entry of this.entriesHeld.slice(from - 1, to - 1)) {
      if (bytes >= bytesMax && result.length > 0) break;
      bytes += entryBytes(entry);
      result.push(entry);
    }
    return result;
  }

  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) return;
    this.entriesHeld.length = first.index - 1;
    this.entriesHeld.push(...entries);
  }
}

export interface CoreNode {
  readonly raft: Raft;
  readonly log: CoreLog;
  readonly applied: Entry[];
  readonly reads: ConfirmedRead[];
  /** Batches handed out and not yet durable, by sequence; durable at once unless `holdDisk`. */
  readonly writing: number[];
  holdDisk: boolean;
}

export interface CoreClusterOptions {
  readonly voters: number;
  readonly config?: Partial<RaftConfig>;
}

export class CoreCluster {
  readonly nodes: Map<MemberKey, CoreNode> = new Map();
  readonly config: RaftConfig;
  nowMs = 0;
  inFlight: Message[] = [];
  /** Messages for which this answers true are lost. */
  isLost: (message: Message) => boolean = () => false;

  constructor(options: CoreClusterOptions) {
    this.config = { ...RAFT_DEFAULTS, ...options.config };
    const labels = Array.from({ length: options.voters }, (_, position) => position + 1);
    for (const label of labels) this.add(label, label === 1 ? configurationOf(labels) : undefined);
  }

  /** A node with an empty log, or one that begins with `initial` as its first entry. */
  add(label: number, initial?: Configuration): CoreNode {
    const log = new CoreLog();
    if (initial !== undefined) {
      const batch = createInitialBatch(initial);
      log.append(batch.entries);
      log.hardState = batch.hardState as HardState;
    }
    const node: CoreNode = {
      raft: this.#start(label, log),
      log,
      applied: [],
      reads: [],
      writing: [],
      holdDisk: false,
    };
    this.nodes.set(keyOf(label), node);
    return node;
  }

  node(label: number): CoreNode {
    const node = this.nodes.get(keyOf(label));
    assert(node !== undefined, `no node ${label}`);
    return node;
  }

  raft(label: number): Raft {
    return this.node(label).raft;
  }

  leaderLabel(): number | undefined {
    let leader: { label: number; term: Term } | undefined;
    for (const [key, { raft }] of this.nodes) {
      const { role, term } = raft.view();
      if (role !== "leader" || (leader !== undefined && leader.term > term)) continue;
      leader = { label: Number.parseInt(key, 16), term };
    }
    return leader?.label;
  }

  /** Moves the clock in steps of 10 ms, delivering everything in between. */
  run(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    while (this.nowMs < endMs) {
      this.nowMs += 10;
      for (const node of this.nodes.values()) {
        node.raft.setNow(this.nowMs);
        node.raft.tick();
      }
      this.settle();
    }
  }

  /** Delivers messages until nobody has more to say. */
  settle(): void {
    for (let round = 0; round < 1000; round++) {
      for (const node of this.nodes.values()) this.work(node);
      if (this.inFlight.length === 0) return;
      const messages = this.inFlight;
      this.inFlight = [];
      for (const message of messages) this.deliver(message);
    }
    assert(false, "messages never end");
  }

  deliver(message: Message): void {
    if (!this.isLost(message)) this.nodes.get(message.to)?.raft.step(message);
  }

  /** One output of one node: messages are queued, the batch is written, entries are applied. */
  work(node: CoreNode): void {
    const output = node.raft.takeOutput();
    this.inFlight.push(...output.messages);
    node.applied.push(...output.committed);
    node.reads.push(...output.reads);
    if (output.persist === undefined) return;
    node.log.append(output.persist.entries);
    if (output.persist.hardState !== undefined) node.log.hardState = output.persist.hardState;
    node.writing.push(output.persist.sequence);
    if (!node.holdDisk) this.flush(node);
  }

  /** Everything handed out so far is durable. */
  flush(node: CoreNode): void {
    const last = node.writing[node.writing.length - 1];
    node.writing.length = 0;
    if (last === undefined) return;
    node.raft.persisted(last);
    this.work(node);
  }

  /** Elects a leader among undisturbed nodes and returns its label. */
  elect(): number {
    this.run(this.config.electionTimeoutMs * 4);
    const label = this.leaderLabel();
    assert(label !== undefined, "no leader after four election timeouts");
    return label;
  }

  /** Cuts the nodes off from all others, in both directions. */
  isolate(labels: readonly number[]): void {
    const cut = new Set(labels.map(keyOf));
    this.isLost = (message) => cut.has(message.from) !== cut.has(message.to);
  }

  heal(): void {
    this.isLost = () => false;
  }

  #start(label: number, log: CoreLog): Raft {
    return new Raft({
      self: keyOf(label),
      startCounter: 1,
      config: this.config,
      rng: createSeededRng(label),
      nowMs: this.nowMs,
      hardState: log.hardState,
      compactedIndex: 0,
      compactedTerm: 0,
      lastIndex: log.entriesHeld.length,
      applied: {
        index: 0,
        term: 0,
        configuration: EMPTY_CONFIGURATION,
        configurationIndex: 0,
      },
      reader: log,
    });
  }
}
