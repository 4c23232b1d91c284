/** One change of the state: a value, or undefined for a deletion. */
export interface StateChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** A record of the state. */
export interface StateRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Bounds of a scan, in unsigned byte order of the keys. */
export interface StateRange {
  /** Inclusive. */
  readonly from: Uint8Array;
  /** Exclusive; undefined scans to the end. */
  readonly to: Uint8Array | undefined;
  /** At most so many records. */
  readonly limit: number;
}

/** Reads of the latest applied state, also where it is not yet on disk. */
export interface StateReader {
  get(key: Uint8Array): Uint8Array | undefined;
  scan(range: StateRange): readonly StateRecord[];
}

/**
 * The ordered byte map that holds the replicated state: data, sessions, applied index and
 * configuration together, so that one write is atomic over all of them and one snapshot is
 * consistent over all of them. One writer; reads see every `write` that has returned.
 */
export interface StateStore extends StateReader {
  /** Queues one atomic write behind all earlier ones. Durable no later than the next synced batch. */
  write(changes: readonly StateChange[]): void;
  /** How many of the writes since opening are durable, counted in calls of `write`. */
  durableWrites(): number;
  /** A consistent view of everything durable or written so far; it may lag behind `get`. */
  snapshot(): StateSnapshot;
  /** Starts a new generation beside the one in force. */
  beginInstall(): StateInstall;
}

/** A frozen view in key order. */
export interface StateSnapshot {
  get(key: Uint8Array): Uint8Array | undefined;
  /** The next records in key order, at most `bytesMax` of keys and values (at least one), empty at the end. */
  next(bytesMax: number): readonly StateRecord[];
  close(): void;
}

/** A generation under construction: invisible until storage flips to it. */
export interface StateInstall {
  /** Records in key order; `done` when the next batch may come. */
  put(records: readonly StateRecord[], done: (error?: Error) => void): void;
  /** Everything put is on disk and the generation may be flipped to by the log store's batch. */
  seal(done: (error?: Error) => void): void;
  discard(): void;
}
