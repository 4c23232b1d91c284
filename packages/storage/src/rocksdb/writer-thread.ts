/**
 * The one writer of a node, a thread of its own: an fsync on a slow disk blocks nobody else.
 * Everything that is queued when a write starts goes into that write (group commit).
 *
 * It attaches to the database that the main thread opened, never closes it, and ends first.
 */
import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { assert } from "@caucus/base";
import { FenceFile } from "../fence/fence-file.ts";
import type { FenceStep } from "../write.ts";
import {
  type Column,
  type DatabaseContext,
  loadRocksBinding,
  type RocksBinding,
} from "./binding.ts";
import { SYNC_KEY } from "./key-layout.ts";
import { decodeOperations } from "./write-encoder.ts";
import {
  combineFenceSteps,
  type WriteRequest,
  type WriterReply,
  type WriterRequest,
  type WriterStart,
} from "./writer-protocol.ts";

class GroupWriter {
  readonly #binding: RocksBinding;
  readonly #database: DatabaseContext;
  readonly #columns: Readonly<Record<string, Column>>;
  readonly #fence: FenceFile;

  constructor(start: WriterStart) {
    this.#binding = loadRocksBinding();
    this.#database = this.#binding.db_init(start.handle);
    const columns = this.#binding.db_open(this.#database, {}, () => undefined);
    assert(columns !== undefined, "the database is not open");
    this.#columns = columns;
    this.#fence = new FenceFile(start.fencePath);
  }

  /** One write for all requests. Throws when anything failed. */
  write(group: readonly WriteRequest[]): { durable: boolean; durationMs: number } {
    let synced = false;
    let step: FenceStep | undefined;
    let empty = true;
    const batch = this.#binding.batch_init();
    for (const request of group) {
      synced ||= request.synced;
      step = combineFenceSteps(step, request.fence);
      for (const { column, key, value } of decodeOperations(request.operations)) {
        const options = { column: this.#columns[column] as Column };
        if (value === undefined) this.#binding.batch_del(batch, key, options);
        else this.#binding.batch_put(batch, key, value, options);
        empty = false;
      }
    }
    if (synced && empty) {
      const options = { column: this.#columns["log"] as Column };
      this.#binding.batch_put(batch, SYNC_KEY, new Uint8Array(0), options);
    }
    // The order is the invariant: a crash between any two of these leaves no database behind
    // its fence. See S5 and S6 in docs/spec/storage.md.
    if (step?.keep !== undefined) this.#fence.lower(step.keep);
    const startedMs = performance.now();
    if (synced) this.#binding.batch_write(this.#database, batch, { sync: true });
    else if (!empty) this.#binding.batch_write(this.#database, batch, { sync: false });
    const durationMs = performance.now() - startedMs;
    this.#binding.batch_clear(batch);
    if (step !== undefined) this.#fence.raise(step.tip, step.hardStateChanged);
    for (const { cleared } of group) {
      for (const { column, from, to } of cleared) {
        const options = { column: this.#columns[column] as Column, gte: from, lt: to };
        this.#binding.db_clear(this.#database, options);
      }
    }
    return { durable: synced, durationMs };
  }

  close(): void {
    this.#fence.close();
  }
}

const port = parentPort;
assert(port !== null, "this module runs in a worker thread");
const writer = new GroupWriter(workerData as WriterStart);
let failed = false;

function reply(message: WriterReply): void {
  port?.postMessage(message);
}

function writeGroup(group: readonly WriteRequest[]): void {
  const last = group.at(-1)?.last;
  if (last === undefined || failed) return;
  try {
    reply({ kind: "written", last, ...writer.write(group) });
  } catch (error) {
    // After a failed fsync nobody knows what is on disk: trying again could report as durable
    // what is not. The main thread poisons the storage.
    failed = true;
    reply({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
}

port.on("message", (first: WriterRequest) => {
  const group: WriteRequest[] = [];
  let request: WriterRequest | undefined = first;
  while (request !== undefined) {
    if (request.kind === "close") {
      writeGroup(group);
      writer.close();
      port.close();
      return;
    }
    group.push(request);
    request = receiveMessageOnPort(port)?.message as WriterRequest | undefined;
  }
  writeGroup(group);
});
