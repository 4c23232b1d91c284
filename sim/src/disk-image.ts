import type { StateChange } from "@caucus/kv";
import type { LogBatch, LogIndex, Term } from "@caucus/raft";
import { LogImage } from "./log-image.ts";
import { StateImage } from "./state-image.ts";

/** One record of a disk's journal: on disk as a whole or not at all, by its checksum. */
export type DiskRecord =
  | { readonly kind: "batch"; readonly batch: LogBatch; readonly done: (error?: Error) => void }
  | { readonly kind: "compact"; readonly index: LogIndex; readonly term: Term }
  | { readonly kind: "state"; readonly changes: readonly StateChange[] };

/** A received snapshot, as the state store hands it to the log store. */
export interface SealedGeneration {
  readonly image: StateImage;
}

/** Log and state together, as of some point of the journal. */
export class DiskImage {
  log: LogImage = new LogImage();
  state: StateImage = new StateImage();

  apply(record: DiskRecord): void {
    switch (record.kind) {
      case "batch":
        if (record.batch.install !== undefined) {
          this.state = (record.batch.install.generation as SealedGeneration).image.clone();
        }
        writeLog(this.log, record.batch);
        return;
      case "compact":
        this.log.compact(record.index, record.term);
        return;
      case "state":
        this.state.write(record.changes);
        return;
    }
  }

  clone(): DiskImage {
    const copy = new DiskImage();
    copy.log = this.log.clone();
    copy.state = this.state.clone();
    return copy;
  }
}

/** The log's share of a batch: install, truncate and append, hard state. */
export function writeLog(log: LogImage, batch: LogBatch): void {
  if (batch.install !== undefined) {
    log.startAfter(batch.install.meta.index, batch.install.meta.term);
  }
  log.append(batch.entries);
  if (batch.hardState !== undefined) log.hardState = batch.hardState;
}
