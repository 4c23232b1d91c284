import type { LogIndex, Term } from "./identity.ts";

/**
 * `empty`: what a new leader appends to commit in its own term (Raft §5.4.2, §8).
 * `command`: opaque to Raft. `configuration`: an encoded Configuration, in force once appended.
 */
export type EntryKind = "empty" | "command" | "configuration";

export interface Entry {
  readonly index: LogIndex;
  readonly term: Term;
  readonly kind: EntryKind;
  readonly data: Uint8Array;
}

/** What an entry weighs against byte limits: its data and a fixed share for the header. */
export function entryBytes(entry: Entry): number {
  return entry.data.length + ENTRY_OVERHEAD_BYTES;
}

const ENTRY_OVERHEAD_BYTES = 32;

/** The vote of a node in its current term. Durable before any message of that term leaves. */
export interface HardState {
  readonly term: Term;
  /** Whom this node voted for in `term`. */
  readonly vote: string | undefined;
}
