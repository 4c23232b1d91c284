import { assert } from "@caucus/base";
import type {
  StateChange,
  StateInstall,
  StateRange,
  StateRecord,
  StateSnapshot,
  StateStore,
} from "@caucus/kv";
import type { Entry, LogBatch, LogIndex, LogState, LogStore, Term } from "@caucus/raft";
import type { DiskSession } from "./disk.ts";
import { StateImage } from "./state-image.ts";

/** What a node's surroundings want to know of its log store. */
export interface LogStoreObserver {
  /** Called before the batch is visible in the log. */
  writing(batch: LogBatch): void;
  compacting(index: LogIndex): void;
}

/** Raft's port over a simulated disk. */
export function createLogStore(session: DiskSession, observer: LogStoreObserver): LogStore {
  const { live } = session;
  const opened: LogState = session.durable.log.state();
  return {
    opened,
    term: (index: LogIndex): Term => live.log.term(index),
    entries: (from: LogIndex, to: LogIndex, bytesMax: number): readonly Entry[] =>
      live.log.entries(from, to, bytesMax),
    write(batch, done) {
      observer.writing(batch);
      session.writeBatch(batch, done);
    },
    compact(index, term) {
      observer.compacting(index);
      session.writeLazily({ kind: "compact", index, term });
    },
    close(done) {
      session.later(0, done);
    },
  };
}

/** kv's port over a simulated disk. */
export function createStateStore(session: DiskSession): StateStore {
  return {
    get: (key: Uint8Array): Uint8Array | undefined => session.live.state.get(key),
    scan: (range: StateRange): readonly StateRecord[] => session.live.state.scan(range),
    write: (changes: readonly StateChange[]): void =>
      session.writeLazily({ kind: "state", changes: changes.slice() }),
    durableWrites: (): number => session.durableStateWrites,
    snapshot: (): StateSnapshot => {
      // The port allows it to lag behind what was written, as far as the disk does.
      const lags = session.dice.chance(0.5);
      return openSnapshot((lags ? session.durable : session.live).state.clone(), session);
    },
    beginInstall: (): StateInstall => new SimulatedInstall(session),
  };
}

/** Records in one read of a snapshot: few, so that even a small state makes several chunks. */
const SNAPSHOT_RECORDS_MAX = 20;

function openSnapshot(image: StateImage, session: DiskSession): StateSnapshot {
  const records = image.records();
  let at = 0;
  return {
    get: (key) => image.get(key),
    next(bytesMax) {
      const count = session.dice.between(1, SNAPSHOT_RECORDS_MAX);
      const found: StateRecord[] = [];
      let bytes = 0;
      while (at < records.length && found.length < count) {
        const record = records[at] as StateRecord;
        bytes += record.key.length + record.value.length;
        if (found.length > 0 && bytes > bytesMax) break;
        found.push(record);
        at++;
      }
      return found;
    },
    close() {},
  };
}

class SimulatedInstall implements StateInstall {
  readonly image = new StateImage();
  readonly #session: DiskSession;
  #sealed = false;

  constructor(session: DiskSession) {
    this.#session = session;
  }

  put(records: readonly StateRecord[], done: (error?: Error) => void): void {
    assert(!this.#sealed, "put into a sealed generation");
    // The records are views into a chunk that its owner may use again.
    this.image.write(records.map(({ key, value }) => ({ key: key.slice(), value: value.slice() })));
    this.#session.later(this.#session.dice.uniform(0, 1), () => done());
  }

  seal(done: (error?: Error) => void): void {
    this.#sealed = true;
    this.#session.later(this.#session.dice.uniform(0, 2), () => done());
  }

  discard(): void {
    this.#sealed = true;
  }
}
