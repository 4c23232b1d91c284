import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crc32, createSeededRng, DecodeError, nextInteger, type Rng } from "@caucus/base";
import type { Entry, HardState } from "@caucus/raft";
import { EMPTY_CONFIGURATION } from "@caucus/raft";
import { LogFrontier } from "../log/log-frontier.ts";
import { StorageImage } from "../memory/storage-image.ts";
import type { LogWrite } from "../write.ts";
import { checkFence, decodeFence, encodeFence, type Fence, lowerFence, newFence } from "./fence.ts";
import { FENCE_FILE_BYTES, FenceSlots, type FenceWrite } from "./fence-slots.ts";

const KEY = "0123456789abcdef0123456789abcdef";
const FENCE: Fence = { memberKey: KEY, term: 7, vote: "a".repeat(32), lastIndex: 90, lastTerm: 6 };

function recovered(parts: { lastIndex?: number; hardState?: HardState; memberKey?: string }) {
  return {
    memberKey: KEY,
    hardState: { term: 7, vote: "a".repeat(32) },
    lastIndex: 90,
    termAt: (index: number) => (index <= 50 ? undefined : 6),
    ...parts,
  };
}

describe("checkFence", () => {
  it("S4: accepts what is at the fence or ahead of it", () => {
    const ahead: HardState[] = [
      { term: 7, vote: "a".repeat(32) },
      { term: 8, vote: undefined },
      { term: 8, vote: "b".repeat(32) },
    ];
    for (const hardState of ahead) {
      assert.equal(checkFence(FENCE, recovered({ hardState, lastIndex: 95 })).kind, "ok");
    }
    const unvoted = { ...FENCE, vote: undefined };
    assert.equal(checkFence(unvoted, recovered({})).kind, "ok");
    const compacted = { ...FENCE, lastIndex: 20, lastTerm: 3 };
    assert.equal(checkFence(compacted, recovered({})).kind, "ok");
  });

  it("S4: refuses a lost term, vote, entry, and another member's database", () => {
    const behind = [
      { parts: { hardState: { term: 6, vote: undefined } }, says: /its term is 6/ },
      { parts: { hardState: { term: 7, vote: undefined } }, says: /for nobody/ },
      { parts: { hardState: { term: 7, vote: "b".repeat(32) } }, says: /gave it to aaa/ },
      { parts: { lastIndex: 89 }, says: /ends at index 89, it was durable to 90/ },
      { parts: { memberKey: "f".repeat(32) }, says: /belongs to member fff/ },
    ];
    for (const { parts, says } of behind) {
      const check = checkFence(FENCE, recovered(parts));
      assert.ok(check.kind === "behind");
      assert.match(check.message, says);
    }
    const other = checkFence({ ...FENCE, lastTerm: 5 }, recovered({}));
    assert.ok(other.kind === "behind");
    assert.match(other.message, /index 90 is of term 6, one of term 5/);
  });
});

describe("fence slots", () => {
  it("come back as they were written", () => {
    assert.deepEqual(decodeFence(encodeFence(FENCE, 12)), { fence: FENCE, slotNumber: 12 });
    assert.deepEqual(decodeFence(encodeFence(newFence(KEY), 1)).fence, newFence(KEY));
  });

  it("refuse a newer format with its number", () => {
    const slot = encodeFence(FENCE, 12);
    slot[12] = 2;
    const view = new DataView(slot.buffer, slot.byteOffset);
    view.setUint32(4, crc32(slot.subarray(12)), true);
    const file = new Uint8Array(FENCE_FILE_BYTES);
    file.set(slot);
    assert.throws(() => FenceSlots.read(file), /format 2, this program knows formats up to 1/);
  });

  it("S6: a torn or flipped slot is never taken for a whole one", () => {
    const slot = encodeFence(FENCE, 12);
    for (let length = 0; length < slot.length; length++) {
      assert.throws(() => decodeFence(slot.subarray(0, length)), DecodeError);
    }
    for (let bit = 0; bit < slot.length * 8; bit++) {
      const flipped = slot.slice();
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      assert.throws(() => decodeFence(flipped), DecodeError);
    }
    assert.equal(FenceSlots.read(new Uint8Array(FENCE_FILE_BYTES)), undefined);
    assert.equal(FenceSlots.read(new Uint8Array(3)), undefined);
  });
});

/** A fence file on a disk that keeps, loses or tears what was not fsynced. */
class FenceDisk {
  readonly #synced: Uint8Array;
  #unsynced: FenceWrite[] = [];

  constructor(file: Uint8Array) {
    this.#synced = file;
  }

  write(write: FenceWrite): void {
    this.#unsynced.push(write);
  }

  sync(): void {
    for (const { offset, bytes } of this.#unsynced) this.#synced.set(bytes, offset);
    this.#unsynced = [];
  }

  /** What a power loss leaves: any of the writes in flight, in whole or in part. */
  afterPowerLoss(rng: Rng): Uint8Array {
    const file = this.#synced.slice();
    for (const { offset, bytes } of this.#unsynced) {
      const kept = nextInteger(rng, 3);
      if (kept === 0) continue;
      const length = kept === 1 ? bytes.length : nextInteger(rng, bytes.length);
      file.set(bytes.subarray(0, length), offset);
    }
    return file;
  }
}

/** Writes in the order of the writer thread, and stops at a random point. */
class CrashingMember {
  readonly #rng: Rng;
  readonly #frontier = new LogFrontier({ index: 0, term: 0 }, { term: 0, vote: undefined });
  readonly #slots: FenceSlots;
  readonly #fenceDisk: FenceDisk;
  #generation = 1;
  /** What is durable, and what may be: the database writes in flight. */
  readonly durable: StorageImage = new StorageImage(KEY);
  inFlight: LogWrite | undefined;
  /** What has been reported as durable, to be compared with a lost suffix. */
  readonly reported: StorageImage[] = [];

  constructor(rng: Rng) {
    this.#rng = rng;
    const { slots, file } = FenceSlots.create(newFence(KEY));
    this.#slots = slots;
    this.#fenceDisk = new FenceDisk(file);
  }

  get fenceFile(): Uint8Array {
    return this.#fenceDisk.afterPowerLoss(this.#rng);
  }

  /** Answers false when it crashed in the middle. */
  step(): boolean {
    const write = this.#randomWrite();
    const { keep, tip, hardStateChanged } = write.fence;
    const lowered = keep === undefined ? undefined : lowerFence(this.#slots.current, keep);
    if (lowered !== undefined) {
      this.#fenceDisk.write(this.#slots.write(lowered));
      if (this.#crash()) return false;
      this.#fenceDisk.sync();
      this.#slots.synced();
    }
    if (this.#crash()) return false;
    this.inFlight = write;
    if (this.#crash()) return false;
    this.durable.apply(write);
    this.inFlight = undefined;
    if (this.#crash()) return false;
    this.#fenceDisk.write(this.#slots.write({ memberKey: KEY, ...tip }));
    if (hardStateChanged) {
      if (this.#crash()) return false;
      this.#fenceDisk.sync();
      this.#slots.synced();
    }
    this.reported.push(this.durable.copy());
    return !this.#crash();
  }

  #crash(): boolean {
    return nextInteger(this.#rng, 40) === 0;
  }

  #randomWrite(): LogWrite {
    const rng = this.#rng;
    const { last, compacted, hardState } = this.#frontier;
    const newTerm = nextInteger(rng, 3) === 0;
    const term = hardState.term + (newTerm ? 1 : 0);
    const vote = nextInteger(rng, 2) === 0 ? undefined : "b".repeat(32);
    const span = last.index - compacted.index;
    const back = newTerm ? nextInteger(rng, Math.min(span, 8) + 1) : 0;
    let first = last.index - back + 1;
    let install: LogWrite["install"];
    if (nextInteger(rng, 10) === 0) {
      const index = compacted.index + 1 + nextInteger(rng, span + 5);
      const meta = { index, term, configuration: EMPTY_CONFIGURATION, configurationIndex: 0 };
      this.#generation += 1;
      this.durable.apply({ kind: "generation-seal", generation: this.#generation });
      install = { meta, generation: this.#generation };
      first = index + 1;
    }
    const entries = Array.from({ length: nextInteger(rng, 4) }, (_, i): Entry => {
      return { index: first + i, term, kind: "empty", data: new Uint8Array(0) };
    });
    const batch = {
      hardState: newTerm ? { term, vote } : undefined,
      entries,
      install: install && { ...install, discard: () => undefined },
    };
    return this.#frontier.write(batch, install?.generation);
  }
}

describe("fence and database through power losses", () => {
  const seeds = 2000;

  it("S5, S6: a power loss at any point never leaves a database behind its fence", () => {
    for (let seed = 0; seed < seeds; seed++) {
      const rng = createSeededRng(seed);
      const member = new CrashingMember(rng);
      while (member.step());
      const database = member.durable.copy();
      if (member.inFlight !== undefined && rng.next() < 0.5) database.apply(member.inFlight);
      const slots = FenceSlots.read(member.fenceFile);
      assert.ok(slots !== undefined, `seed ${seed}: no valid slot`);
      assert.deepEqual(checkFence(slots.current, database), { kind: "ok" }, `seed ${seed}`);
    }
  });

  it("S4: a database that has lost what was reported is refused while the machine runs", () => {
    let refused = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const rng = createSeededRng(seed);
      const { slots, file } = FenceSlots.create(newFence(KEY));
      const frontier = new LogFrontier({ index: 0, term: 0 }, { term: 0, vote: undefined });
      const image = new StorageImage(KEY);
      const images = [image.copy()];
      const rounds = 2 + nextInteger(rng, 10);
      for (let round = 0; round < rounds; round++) {
        const { index } = frontier.last;
        const hardState = round % 3 === 0 ? { term: round + 1, vote: undefined } : undefined;
        const term = hardState?.term ?? frontier.hardState.term;
        const entry: Entry = { index: index + 1, term, kind: "empty", data: new Uint8Array(0) };
        const write = frontier.write(
          { hardState, entries: [entry], install: undefined },
          undefined,
        );
        image.apply(write);
        images.push(image.copy());
        const { offset, bytes } = slots.write({ memberKey: KEY, ...write.fence.tip });
        file.set(bytes, offset);
        if (write.fence.hardStateChanged) slots.synced();
      }
      const lost = images[nextInteger(rng, images.length - 1)] as StorageImage;
      const fence = FenceSlots.read(file)?.current as Fence;
      assert.deepEqual(checkFence(fence, image), { kind: "ok" });
      if (checkFence(fence, lost).kind === "behind") refused += 1;
    }
    assert.equal(refused, seeds);
  });
});
