/**
 * What the leader knows of one member's log (Raft §5.3, nextIndex and matchIndex):
 *
 *        +--> snapshot --+      the needed entries are compacted away
 *        |               v
 *      probe <-------> replicate
 *
 * `probe` sends one append at a time until the logs are known to match, `replicate` streams
 * optimistically within the window, `snapshot` waits for a transfer. R10: match < next.
 */
import { assert } from "@caucus/base";
import type { LogIndex, MemberKey } from "../identity.ts";
import { InflightWindow } from "./inflight-window.ts";

export type ProgressKind = "probe" | "replicate" | "snapshot";

export interface ProgressStart {
  readonly key: MemberKey;
  readonly nextIndex: LogIndex;
  readonly nowMs: number;
  readonly inflightMessagesMax: number;
  readonly inflightBytesMax: number;
}

export class Progress {
  readonly key: MemberKey;
  readonly window: InflightWindow;
  kind: ProgressKind = "probe";
  /** Known to be durable on the member and equal to the leader's log up to here. */
  matchIndex: LogIndex = 0;
  /** The next entry to send. */
  nextIndex: LogIndex;
  /** Probe only: one append is out, wait for its answer or the next heartbeat's. */
  isPaused = false;
  /** Send an append at the next flush even without entries, to find out about lost ones. */
  needsCheck = false;
  /** The commit index that the last append carried. */
  sentCommit: LogIndex = 0;
  /** When an answer came last; check-quorum counts it. */
  lastContactMs: number;
  /** The latest read-index round that the member has answered. */
  readRound = 0;

  constructor(start: ProgressStart) {
    this.key = start.key;
    this.nextIndex = start.nextIndex;
    this.lastContactMs = start.nowMs;
    this.window = new InflightWindow(start.inflightMessagesMax, start.inflightBytesMax);
  }

  becomeProbe(): void {
    this.kind = "probe";
    this.isPaused = false;
    this.nextIndex = this.matchIndex + 1;
    this.window.clear();
  }

  becomeReplicate(): void {
    this.kind = "replicate";
    this.isPaused = false;
    this.nextIndex = this.matchIndex + 1;
    this.window.clear();
  }

  becomeSnapshot(): void {
    this.kind = "snapshot";
    this.isPaused = false;
    this.window.clear();
  }

  /** May an append be sent now? */
  isReady(): boolean {
    switch (this.kind) {
      case "probe":
        return !this.isPaused;
      case "replicate":
        return !this.window.isFull();
      case "snapshot":
        return false;
    }
  }

  sent(lastIndex: LogIndex, bytes: number): void {
    if (this.kind === "probe") {
      this.isPaused = true;
      return;
    }
    this.nextIndex = lastIndex + 1;
    if (bytes > 0) this.window.add(lastIndex, bytes);
  }

  /** An accepted append. Answers whether the match index rose. */
  accepted(matchIndex: LogIndex): boolean {
    const rose = matchIndex > this.matchIndex;
    if (rose) this.matchIndex = matchIndex;
    this.nextIndex = Math.max(this.nextIndex, this.matchIndex + 1);
    this.window.release(matchIndex);
    return rose;
  }

  /**
   * A refused append. `nextIndex` is what the hint allows to try next. Answers false for a stale
   * refusal, one that something newer has overtaken.
   */
  rejected(rejectedIndex: LogIndex, nextIndex: LogIndex): boolean {
    if (rejectedIndex <= this.matchIndex && this.matchIndex > 0) return false;
    if (this.kind === "replicate") {
      this.becomeProbe();
      return true;
    }
    if (this.kind === "snapshot" || rejectedIndex !== this.nextIndex - 1) return false;
    this.nextIndex = Math.max(Math.min(rejectedIndex, nextIndex), this.matchIndex + 1);
    this.isPaused = false;
    assert(this.matchIndex < this.nextIndex, "R10: match < next");
    return true;
  }
}
