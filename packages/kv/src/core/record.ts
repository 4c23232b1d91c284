/** What the state holds for a key. */
export interface KeyRecord {
  readonly value: Uint8Array;
  /** Revision that created the key (again, after a deletion). */
  readonly createRevision: number;
  /** Revision of the last write. */
  readonly modRevision: number;
  /** Writes since creation; 1 after the first. */
  readonly version: number;
  /** Lease that owns the key; 0 for none. */
  readonly lease: number;
}
