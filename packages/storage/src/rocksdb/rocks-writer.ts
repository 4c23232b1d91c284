import { Worker } from "node:worker_threads";
import { assert, CaucusError } from "@caucus/base";
import type { StorageCounts } from "../opened-storage.ts";
import {
  type FenceStep,
  isSynced,
  type Journal,
  type JournalCallback,
  type StorageWrite,
} from "../write.ts";
import type { MetaRecord } from "./meta-record.ts";
import { WriteEncoder } from "./write-encoder.ts";
import {
  combineFenceSteps,
  type WriteRequest,
  type WriterReply,
  type WriterRequest,
  type WriterStart,
} from "./writer-protocol.ts";

/**
 * Bytes handed over and not yet taken by the database, at most. The driver's own limits (its
 * bounded inbox and its uncommitted bytes) stay far below: reaching this one is a bug.
 */
export const QUEUE_BYTES_MAX: number = 512 * 1024 * 1024;

interface QueuedWrite {
  readonly number: number;
  readonly bytes: number;
  readonly durable: JournalCallback;
  readonly written: JournalCallback | undefined;
}

/** The thread as the writer sees it. */
export interface WriterPort {
  post(request: WriterRequest, transfer: readonly ArrayBuffer[]): void;
}

/**
 * The main thread's end of the writer thread: numbers the writes, hands over those of one turn
 * together, and calls back in order. Never blocks.
 */
export class RocksWriter implements Journal {
  readonly #encoder: WriteEncoder;
  readonly #onPoisoned: (error: Error) => void;
  #port: WriterPort | undefined;
  /** Not yet taken by the database, in order. */
  #queued: QueuedWrite[] = [];
  /** Taken, and waiting for a sync, in order. */
  #unsynced: QueuedWrite[] = [];
  #queuedBytes = 0;
  #lastNumber = 0;
  #pending: { synced: boolean; fence: FenceStep | undefined } | undefined;
  #poison: Error | undefined;
  #groups = 0;
  #syncs = 0;
  #bytesWritten = 0;
  #onSynced: (durationMs: number) => void = () => undefined;

  constructor(meta: MetaRecord, onPoisoned: (error: Error) => void) {
    this.#encoder = new WriteEncoder(meta);
    this.#onPoisoned = onPoisoned;
  }

  get poisoned(): boolean {
    return this.#poison !== undefined;
  }

  counts(): StorageCounts {
    return {
      groups: this.#groups,
      syncs: this.#syncs,
      bytesWritten: this.#bytesWritten,
      bytesWaiting: this.#queuedBytes,
    };
  }

  /** `synced` is called after each fsynced write. */
  observe(synced: (durationMs: number) => void): void {
    this.#onSynced = synced;
  }

  connect(port: WriterPort): void {
    this.#port = port;
  }

  append(write: StorageWrite, durable: JournalCallback, written?: JournalCallback): void {
    const fence = write.kind === "log" ? write.fence : undefined;
    this.#enqueue(() => this.#encoder.add(write), isSynced(write), fence, durable, written);
  }

  flush(done: JournalCallback): void {
    this.#enqueue(() => undefined, true, undefined, done, undefined);
  }

  /** The first write of an opening: puts the database and its fence in line, fsynced. */
  begin(fence: FenceStep, done: JournalCallback): void {
    this.#enqueue(() => this.#encoder.addMeta(), true, fence, done, undefined);
  }

  receive(reply: WriterReply): void {
    if (reply.kind === "failed") {
      this.poison(new CaucusError("poisoned", `storage failed: ${reply.message}`));
      return;
    }
    const end = this.#queued.findIndex(({ number }) => number > reply.last);
    const taken = this.#queued.splice(0, end === -1 ? this.#queued.length : end);
    for (const write of taken) {
      this.#queuedBytes -= write.bytes;
      this.#bytesWritten += write.bytes;
      this.#unsynced.push(write);
    }
    this.#groups += 1;
    for (const { written } of taken) written?.();
    if (!reply.durable) return;
    this.#syncs += 1;
    this.#onSynced(reply.durationMs);
    const durable = this.#unsynced;
    this.#unsynced = [];
    for (const write of durable) write.durable();
  }

  /** S9: from here on nothing is durable, and every write gets this error. */
  poison(error: Error): void {
    if (this.#poison !== undefined) return;
    this.#poison = error;
    const unsynced = this.#unsynced;
    const queued = this.#queued;
    this.#unsynced = [];
    this.#queued = [];
    this.#queuedBytes = 0;
    this.#onPoisoned(error);
    for (const write of unsynced) write.durable(error);
    for (const write of queued) {
      write.written?.(error);
      write.durable(error);
    }
  }

  #enqueue(
    encode: () => void,
    synced: boolean,
    fence: FenceStep | undefined,
    durable: JournalCallback,
    written: JournalCallback | undefined,
  ): void {
    const poison = this.#poison;
    if (poison !== undefined) {
      setImmediate(() => {
        written?.(poison);
        durable(poison);
      });
      return;
    }
    const before = this.#encoder.bytes;
    encode();
    const bytes = this.#encoder.bytes - before;
    this.#queuedBytes += bytes;
    assert(this.#queuedBytes <= QUEUE_BYTES_MAX, `${this.#queuedBytes} bytes wait for the disk`);
    this.#lastNumber += 1;
    this.#queued.push({ number: this.#lastNumber, bytes, durable, written });
    if (this.#pending === undefined) {
      this.#pending = { synced, fence };
      // What one turn of the event loop writes goes over as one message.
      queueMicrotask(() => this.#post());
    } else {
      this.#pending.synced ||= synced;
      this.#pending.fence = combineFenceSteps(this.#pending.fence, fence);
    }
  }

  #post(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending === undefined || this.#poison !== undefined) return;
    assert(this.#port !== undefined, "the writer is not connected");
    const taken = this.#encoder.take();
    const request: WriteRequest = { kind: "write", last: this.#lastNumber, ...pending, ...taken };
    this.#port.post(request, [taken.operations.buffer as ArrayBuffer]);
  }
}

/** Starts the thread and connects `writer` to it; a failing start poisons. `close` never rejects. */
export function startWriterThread(
  writer: RocksWriter,
  start: WriterStart,
): { close(): Promise<void> } {
  const thread = new Worker(new URL("./writer-thread.js", import.meta.url), { workerData: start });
  let closing = false;
  const ended = new Promise<void>((resolve) => thread.once("exit", () => resolve()));
  thread.on("message", (reply: WriterReply) => writer.receive(reply));
  thread.on("error", (error) => {
    writer.poison(new CaucusError("poisoned", `the storage writer died: ${error.message}`));
  });
  void ended.then(() => {
    if (!closing) writer.poison(new CaucusError("poisoned", "the storage writer ended"));
  });
  writer.connect({ post: (request, transfer) => thread.postMessage(request, transfer) });
  return {
    async close(): Promise<void> {
      closing = true;
      thread.postMessage({ kind: "close" } satisfies WriterRequest);
      await ended;
    },
  };
}
