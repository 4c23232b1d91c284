import { assert, assertNever } from "@caucus/base";
import type { Entry, HardState, LogIndex, MemberKey, Term } from "@caucus/raft";
import type { LogPosition, RecoveredLog } from "../fence/fence.ts";
import type { LogWrite, StorageWrite } from "../write.ts";
import { ByteMap } from "./byte-map.ts";

/** The generation of the state that a new storage starts with. */
export const FIRST_GENERATION = 1;

/**
 * What a disk holds: log, hard state and state as the result of a sequence of writes. Applying
 * any prefix of the writes gives what a crash would leave behind. Sans-I/O.
 */
export class StorageImage implements RecoveredLog {
  readonly memberKey: MemberKey;
  #hardState: HardState = { term: 0, vote: undefined };
  #compacted: LogPosition = { index: 0, term: 0 };
  /** Of consecutive indexes behind `#compacted`. */
  #entries: Entry[] = [];
  #generation: number = FIRST_GENERATION;
  readonly #generations: Map<number, ByteMap> = new Map([[FIRST_GENERATION, new ByteMap()]]);

  constructor(memberKey: MemberKey) {
    this.memberKey = memberKey;
  }

  /** Independent of this one; shares what can't change. */
  copy(): StorageImage {
    const copy = new StorageImage(this.memberKey);
    copy.#hardState = this.#hardState;
    copy.#compacted = this.#compacted;
    copy.#entries = this.#entries.slice();
    copy.#generation = this.#generation;
    copy.#generations.clear();
    for (const [generation, map] of this.#generations)
      copy.#generations.set(generation, map.copy());
    return copy;
  }

  get hardState(): HardState {
    return this.#hardState;
  }

  get compacted(): LogPosition {
    return this.#compacted;
  }

  get lastIndex(): LogIndex {
    return this.#compacted.index + this.#entries.length;
  }

  /** The number of the generation in force. */
  get generation(): number {
    return this.#generation;
  }

  termAt(index: LogIndex): Term | undefined {
    if (index === this.#compacted.index) return this.#compacted.term;
    return this.entry(index)?.term;
  }

  entry(index: LogIndex): Entry | undefined {
    return this.#entries[index - this.#compacted.index - 1];
  }

  /** The state of a generation, to be read only. */
  state(generation: number): ByteMap {
    const map = this.#generations.get(generation);
    assert(map !== undefined, `generation ${generation} does not exist`);
    return map;
  }

  /** Never flipped to, or replaced: opening drops them. */
  unusedGenerations(): readonly number[] {
    return [...this.#generations.keys()].filter((generation) => generation !== this.#generation);
  }

  apply(write: StorageWrite): void {
    switch (write.kind) {
      case "log":
        this.#applyLog(write);
        return;
      case "compact":
        this.#compactTo({ index: write.index, term: write.term });
        return;
      case "state": {
        const map = this.state(write.generation);
        for (const { key, value } of write.changes) {
          if (value === undefined) map.delete(key);
          else map.set(key, value);
        }
        return;
      }
      case "generation-put": {
        let map = this.#generations.get(write.generation);
        if (map === undefined) {
          map = new ByteMap();
          this.#generations.set(write.generation, map);
        }
        for (const { key, value } of write.records) map.set(key, value);
        return;
      }
      case "generation-seal":
        // An empty snapshot has no put.
        if (!this.#generations.has(write.generation)) {
          this.#generations.set(write.generation, new ByteMap());
        }
        return;
      case "generation-drop":
        assert(write.generation !== this.#generation, "the generation in force is dropped");
        this.#generations.delete(write.generation);
        return;
      default:
        assertNever(write);
    }
  }

  #applyLog(write: LogWrite): void {
    if (write.dropTo > write.dropFrom) {
      this.#entries.length = Math.max(0, write.dropFrom - this.#compacted.index - 1);
    }
    if (write.install !== undefined) {
      assert(this.#generations.has(write.install.generation), "the generation is not there");
      this.#generation = write.install.generation;
    }
    this.#compactTo(write.compacted);
    for (const entry of write.entries) this.#entries.push(entry);
    this.#hardState = write.hardState;
  }

  #compactTo(position: LogPosition): void {
    this.#entries.splice(0, position.index - this.#compacted.index);
    this.#compacted = position;
  }
}
