/** One driver over ports that a test holds in its hands. */
import { createSeededRng } from "@caucus/base";
import type { Configuration, SnapshotMeta } from "../src/core/configuration.ts";
import { EMPTY_CONFIGURATION } from "../src/core/configuration.ts";
import { type Entry, entryBytes } from "../src/core/entry.ts";
import type { LogIndex, Term } from "../src/core/identity.ts";
import type { Message } from "../src/core/message.ts";
import { RAFT_DEFAULTS, type RaftConfig } from "../src/core/raft-config.ts";
import { createInitialBatch } from "../src/driver/initial-batch.ts";
import type {
  AppliedEntry,
  LogBatch,
  LogState,
  LogStore,
  SnapshotHeader,
  SnapshotOutcome,
  SnapshotReceiver,
  SnapshotSource,
  StateMachine,
} from "../src/driver/ports.ts";
import { RaftDriver } from "../src/driver/raft-driver.ts";
import { configurationOf, keyOf } from "../testing/core-cluster.ts";

class HeldLogStore implements LogStore {
  readonly opened: LogState;
  #entries: Entry[] = [];
  #waiting: ((error?: Error) => void)[] = [];
  compactedIndex = 0;

  constructor(initial: Configuration | undefined) {
    if (initial !== undefined) this.#entries.push(...createInitialBatch(initial).entries);
    this.opened = {
      hardState: { term: initial === undefined ? 0 : 1, vote: undefined },
      compactedIndex: 0,
      compactedTerm: 0,
      lastIndex: this.#entries.length,
    };
  }

  term(index: LogIndex): Term {
    return (this.#entries[index - 1] as Entry).term;
  }

  entries(from: LogIndex, to: LogIndex, bytesMax: number): readonly Entry[] {
    let bytes = 0;
    return this.#entries.slice(from - 1, to - 1).filter((entry) => {
      const fits = bytes < bytesMax;
      bytes += entryBytes(entry);
      return fits;
    });
  }

  write(batch: LogBatch, done: (error?: Error) => void): void {
    const first = batch.entries[0];
    if (batch.install !== undefined) this.#entries.length = batch.install.meta.index;
    if (first !== undefined) {
      this.#entries.length = first.index - 1;
      this.#entries.push(...batch.entries);
    }
    this.#waiting.push(done);
  }

  compact(index: LogIndex): void {
    this.compactedIndex = index;
  }

  close(done: () => void): void {
    done();
  }

  flush(error?: Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const done of waiting) done(error);
  }
}

class CountingStateMachine implements StateMachine {
  readonly opened: SnapshotMeta = {
    index: 0,
    term: 0,
    configuration: EMPTY_CONFIGURATION,
    configurationIndex: 0,
  };
  meta: SnapshotMeta = this.opened;
  readonly commands: string[] = [];
  installs: SnapshotMeta[] = [];

  apply(entries: readonly AppliedEntry[]): readonly unknown[] {
    return entries.map(({ entry, meta }) => {
      this.meta = meta;
      if (entry.kind !== "command") return undefined;
      const text = new TextDecoder().decode(entry.data);
      if (text === "unreadable") throw new Error("a newer format");
      this.commands.push(text);
      return `did ${text}`;
    });
  }

  durableIndex(): LogIndex {
    return this.meta.index;
  }

  openSnapshot(): SnapshotSource {
    return { meta: this.meta, next: () => undefined, close: () => undefined };
  }

  receiveSnapshot(meta: SnapshotMeta): SnapshotReceiver {
    return {
      write: (_chunk, done) => done(),
      finish: (done) => done({ meta, generation: undefined, discard: () => undefined }),
      abort: () => undefined,
    };
  }

  installed(meta: SnapshotMeta): void {
    this.installs.push(meta);
  }
}

export interface DriverFixture {
  readonly driver: RaftDriver;
  readonly log: HeldLogStore;
  readonly state: CountingStateMachine;
  readonly sent: Message[];
  readonly snapshots: {
    readonly header: SnapshotHeader;
    readonly done: (outcome: SnapshotOutcome) => void;
  }[];
  readonly poisoned: Error[];
  /** Latencies of committed batches, in ms. */
  readonly commits: number[];
  nowMs: number;
  /** Runs scheduled turns, making every batch durable, until nothing happens. */
  settle(): void;
  /** Runs scheduled turns only. */
  turn(): void;
  /** Advances the clock and ticks. */
  wait(durationMs: number): void;
}

export interface DriverFixtureOptions {
  /** The member under test is 1. Undefined starts with an empty log. */
  readonly voters?: readonly number[];
  readonly config?: Partial<RaftConfig>;
}

export const CLUSTER: string = "c".repeat(32);

export function createDriver(options: DriverFixtureOptions): DriverFixture {
  const log = new HeldLogStore(
    options.voters === undefined ? undefined : configurationOf(options.voters),
  );
  const state = new CountingStateMachine();
  const turns: (() => void)[] = [];
  const fixture: DriverFixture = {
    log,
    state,
    sent: [],
    snapshots: [],
    poisoned: [],
    commits: [],
    nowMs: 0,
    driver: undefined as never,
    turn() {
      for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn();
    },
    settle() {
      while (turns.length > 0) {
        this.turn();
        log.flush();
      }
      log.flush();
      this.turn();
    },
    wait(durationMs) {
      for (const end = this.nowMs + durationMs; this.nowMs < end; ) {
        this.nowMs += 10;
        this.driver.tick();
        this.settle();
      }
    },
  };
  const driver = new RaftDriver({
    self: keyOf(1),
    cluster: CLUSTER,
    startCounter: 1,
    config: { ...RAFT_DEFAULTS, ...options.config },
    logStore: log,
    stateMachine: state,
    transport: {
      send: (message) => fixture.sent.push(message),
      sendSnapshot: (header, _source, done) => fixture.snapshots.push({ header, done }),
    },
    rng: createSeededRng(1),
    schedule: (turn) => turns.push(turn),
    nowMs: () => fixture.nowMs,
    observer: {
      poisoned: (error) => fixture.poisoned.push(error),
      committed: (latencyMs) => fixture.commits.push(latencyMs),
    },
  });
  return Object.assign(fixture, { driver });
}
