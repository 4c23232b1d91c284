/**
 * The replicated state as Raft sees it: kv's commands applied to a StateStore. Synchronous, without
 * timers or promises: the simulator runs this very class.
 *
 * N1: the effects of a batch, the applied position and the configuration are one atomic write.
 * N2: an entry of a newer format, or a damaged state, stops the node; it is never skipped.
 * N3: `durableIndex` never names an entry whose effects could still be lost.
 */
import { assert, assertNever, CaucusError } from "@caucus/base";
import {
  applyEnvelope,
  type CommandResult,
  PendingState,
  type PointReader,
  readAppliedPosition,
  readConfiguration,
  SNAPSHOT_CHUNK_BYTES,
  SnapshotChunkReader,
  SnapshotChunkWriter,
  type StateInstall,
  type StateSnapshot,
  type StateStore,
  writeAppliedPosition,
  writeConfiguration,
} from "@caucus/kv";
import {
  type AppliedEntry,
  decodeConfiguration,
  EMPTY_CONFIGURATION,
  type Entry,
  type LogIndex,
  type SnapshotInstall,
  type SnapshotMeta,
  type SnapshotReceiver,
  type SnapshotSource,
  type StateMachine,
} from "@caucus/raft";

/** One StateStore.write, and the last entry that it made durable once it is durable itself. */
interface PendingWrite {
  /** Counted as StateStore.durableWrites counts. */
  readonly number: number;
  readonly index: LogIndex;
}

/** Applies command entries by `applyEnvelope`; their results are {@link CommandResult}s. */
export class KvStateMachine implements StateMachine {
  readonly opened: SnapshotMeta;
  readonly #store: StateStore;
  #appliedIndex: LogIndex;
  #durableIndex: LogIndex;
  #writes: number;
  #pendingWrites: PendingWrite[] = [];

  /** @throws DecodeError when the stored position or configuration can't be read. */
  constructor(store: StateStore) {
    this.#store = store;
    this.opened = readMeta(store);
    this.#appliedIndex = this.opened.index;
    this.#durableIndex = this.opened.index;
    this.#writes = store.durableWrites();
  }

  get appliedIndex(): LogIndex {
    return this.#appliedIndex;
  }

  /** @throws CaucusError `unsupported` for an entry that this version can't apply: the node stops. */
  apply(entries: readonly AppliedEntry[]): readonly (CommandResult | undefined)[] {
    const last = entries.at(-1);
    if (last === undefined) return [];
    const pending = new PendingState(this.#store);
    const results: (CommandResult | undefined)[] = [];
    for (const { entry, meta } of entries) {
      const expected = this.#appliedIndex + results.length + 1;
      assert(entry.index === expected, `N1: entry ${entry.index} applied, ${expected} is next`);
      assert(meta.index === entry.index, `meta of entry ${meta.index} beside entry ${entry.index}`);
      results.push(applyEntry(pending, entry));
    }
    writeAppliedPosition(pending, { index: last.entry.index, term: last.entry.term });
    this.#store.write(pending.changes());
    this.#appliedIndex = last.entry.index;
    this.#pendingWrites.push({ number: ++this.#writes, index: last.entry.index });
    return results;
  }

  durableIndex(): LogIndex {
    const durableWrites = this.#store.durableWrites();
    const firstPending = this.#pendingWrites.findIndex((write) => write.number > durableWrites);
    const settled = firstPending === -1 ? this.#pendingWrites.length : firstPending;
    for (const write of this.#pendingWrites.splice(0, settled)) {
      this.#durableIndex = Math.max(this.#durableIndex, write.index);
    }
    return this.#durableIndex;
  }

  openSnapshot(): SnapshotSource {
    return new KvSnapshotSource(this.#store.snapshot());
  }

  receiveSnapshot(meta: SnapshotMeta): SnapshotReceiver {
    return new KvSnapshotReceiver(meta, this.#store.beginInstall());
  }

  installed(meta: SnapshotMeta): void {
    const found = readMeta(this.#store);
    assert(
      found.index === meta.index && found.term === meta.term,
      `N1: the installed state stands at ${found.index}/${found.term}, not ${meta.index}/${meta.term}`,
    );
    assert(
      found.configurationIndex === meta.configurationIndex,
      `N1: the installed configuration is of entry ${found.configurationIndex}, not ${meta.configurationIndex}`,
    );
    this.#appliedIndex = meta.index;
    this.#durableIndex = meta.index;
    // Writes to the replaced state say nothing about this one.
    this.#pendingWrites = [];
  }
}

function applyEntry(pending: PendingState, entry: Entry): CommandResult | undefined {
  switch (entry.kind) {
    case "empty":
      return undefined;
    case "configuration":
      writeConfiguration(pending, { index: entry.index, data: entry.data });
      return undefined;
    case "command": {
      const outcome = applyEnvelope(pending, entry.data);
      if (outcome.kind === "applied") return outcome.result;
      throw new CaucusError("unsupported", `entry ${entry.index}: ${outcome.message}`);
    }
    default:
      return assertNever(entry.kind);
  }
}

function readMeta(reader: PointReader): SnapshotMeta {
  const { index, term } = readAppliedPosition(reader);
  const stored = readConfiguration(reader);
  return {
    index,
    term,
    configuration: stored.index === 0 ? EMPTY_CONFIGURATION : decodeConfiguration(stored.data),
    configurationIndex: stored.index,
  };
}

class KvSnapshotSource implements SnapshotSource {
  readonly meta: SnapshotMeta;
  readonly #snapshot: StateSnapshot;
  readonly #writer = new SnapshotChunkWriter();

  constructor(snapshot: StateSnapshot) {
    this.#snapshot = snapshot;
    this.meta = readMeta(snapshot);
  }

  next(): Uint8Array | undefined {
    if (this.#writer.finished) return undefined;
    return this.#writer.chunk(this.#snapshot.next(SNAPSHOT_CHUNK_BYTES));
  }

  close(): void {
    this.#snapshot.close();
  }
}

class KvSnapshotReceiver implements SnapshotReceiver {
  readonly #meta: SnapshotMeta;
  readonly #install: StateInstall;
  readonly #reader = new SnapshotChunkReader();

  constructor(meta: SnapshotMeta, install: StateInstall) {
    this.#meta = meta;
    this.#install = install;
  }

  write(chunk: Uint8Array, done: (error?: Error) => void): void {
    this.#install.put(this.#reader.read(chunk), done);
  }

  finish(done: (result: SnapshotInstall | Error) => void): void {
    try {
      this.#reader.finish();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    const install = this.#install;
    const meta = this.#meta;
    install.seal((error) => {
      done(error ?? { meta, generation: install, discard: () => install.discard() });
    });
  }

  abort(): void {
    this.#install.discard();
  }
}
