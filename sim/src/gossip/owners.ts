import type { KeyStatus } from "@caucus/chitchat";

export interface WrittenEntry {
  readonly key: string;
  readonly value: string;
  readonly status: KeyStatus;
}

/** All that the owner of one id has ever written under it. */
class Life {
  readonly entries = new Map<bigint, WrittenEntry[]>();
  maxVersion = 0n;
  starts = 0;
  isForged = false;
}

/** The truth about every id: what its owner wrote, whoever holds which part of it now. */
export class Owners {
  readonly #lives = new Map<string, Life>();

  /** A process begins under this id, which may be that of an earlier one. */
  started(id: string): void {
    this.#life(id).starts++;
  }

  wrote(id: string, version: bigint, entry: WrittenEntry): void {
    const life = this.#life(id);
    const written = life.entries.get(version);
    if (written === undefined) life.entries.set(version, [entry]);
    else written.push(entry);
    if (version > life.maxVersion) life.maxVersion = version;
  }

  /** Somebody else has spoken in the name of this id: what is held under it proves nothing. */
  forged(id: string): void {
    this.#life(id).isForged = true;
  }

  isForged(id: string): boolean {
    return this.#lives.get(id)?.isForged === true;
  }

  /** One process only, and nobody in its name: there is one truth about this id. */
  isSingle(id: string): boolean {
    const life = this.#lives.get(id);
    return life !== undefined && life.starts === 1 && !life.isForged;
  }

  /** What stands under this version; two processes of one id may have given it twice. */
  written(id: string, version: bigint): readonly WrittenEntry[] {
    return this.#lives.get(id)?.entries.get(version) ?? [];
  }

  maxVersion(id: string): bigint {
    return this.#lives.get(id)?.maxVersion ?? 0n;
  }

  #life(id: string): Life {
    let life = this.#lives.get(id);
    if (life === undefined) {
      life = new Life();
      this.#lives.set(id, life);
    }
    return life;
  }
}
