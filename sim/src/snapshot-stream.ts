/**
 * One snapshot on its way: a stream of chunks, each pulled when the one before was taken. It may
 * break at any chunk, and a chunk may be damaged, which the receiver must notice.
 */
import type {
  MemberKey,
  PeerHandler,
  SnapshotHeader,
  SnapshotInstall,
  SnapshotOutcome,
  SnapshotReceiver,
  SnapshotSource,
} from "@caucus/raft";
import type { Counters } from "./counters.ts";
import type { Dice } from "./dice.ts";
import type { Network } from "./network.ts";
import type { Scheduler, Timer } from "./scheduler.ts";
import type { Trace } from "./trace.ts";

/** A process that sends or takes a snapshot. */
export interface SnapshotEnd {
  readonly label: number;
  readonly isAlive: boolean;
  enter(event: () => void): void;
}

export interface SnapshotTaker extends SnapshotEnd {
  readonly driver: PeerHandler;
}

export interface SnapshotWorld {
  readonly scheduler: Scheduler;
  readonly network: Network;
  readonly counters: Counters;
  readonly dice: Dice;
  readonly trace: Trace;
  readonly options: { readonly snapshotBreakRate: number; readonly chunkCorruptionRate: number };
  readonly suite: { report(property: string, message: string): void };
  machineOf(
    key: MemberKey,
  ): { readonly label: number; readonly node: SnapshotTaker | undefined } | undefined;
}

export interface SnapshotRequest {
  readonly header: SnapshotHeader;
  readonly source: SnapshotSource;
  readonly done: (outcome: SnapshotOutcome) => void;
}

/** A stream that takes longer counts as broken, on both sides, as keep-alives would find out. */
const STREAM_MS_MAX = 5000;

export class SnapshotStream {
  readonly #world: SnapshotWorld;
  readonly #sender: SnapshotEnd;
  readonly #request: SnapshotRequest;
  #target: SnapshotTaker | undefined;
  #receiver: SnapshotReceiver | undefined;
  #isDamaged = false;
  #isOver = false;
  #deadline: Timer | undefined;

  constructor(world: SnapshotWorld, sender: SnapshotEnd, request: SnapshotRequest) {
    this.#world = world;
    this.#sender = sender;
    this.#request = request;
  }

  open(): void {
    this.#deadline = this.#world.scheduler.after(STREAM_MS_MAX, () => this.#end("failed"));
    this.#travel(() => {
      const target = this.#world.machineOf(this.#request.header.to)?.node;
      if (target === undefined) {
        this.#end("failed");
        return;
      }
      this.#target = target;
      target.enter(() => {
        if (this.#isOver) return;
        this.#receiver = target.driver.receiveSnapshot(this.#request.header);
        if (this.#receiver === undefined) this.#end("refused");
        else this.#travel(() => this.#pull());
      });
    });
  }

  /** The sender hands out the next chunk. */
  #pull(): void {
    this.#sender.enter(() => {
      if (this.#isOver) return;
      const chunk = this.#request.source.next();
      if (chunk === undefined) this.#travel(() => this.#finish());
      else this.#travel(() => this.#push(this.#maybeDamage(chunk)));
    });
  }

  #push(chunk: Uint8Array): void {
    this.#target?.enter(() => {
      if (this.#isOver) return;
      try {
        this.#receiver?.write(chunk, (error) => {
          if (error === undefined) this.#travel(() => this.#pull());
          else this.#end("failed");
        });
      } catch {
        // Damage that the receiver noticed: DecodeError by its contract.
        this.#end("failed");
      }
    });
  }

  #finish(): void {
    this.#target?.enter(() => {
      if (this.#isOver) return;
      this.#receiver?.finish((result) => {
        if (result instanceof Error) this.#end("failed");
        else if (this.#isOver) result.discard();
        else this.#handOver(result);
      });
    });
  }

  #handOver(install: SnapshotInstall): void {
    const { suite, trace } = this.#world;
    const target = this.#target as SnapshotTaker;
    const { header } = this.#request;
    if (this.#isDamaged) {
      suite.report(
        "Snapshot Checksum",
        `node ${target.label} took a snapshot with a damaged chunk`,
      );
    }
    target.enter(() => {
      trace.record("install", target.label, header.meta.index, header.meta.term);
      this.#receiver = undefined;
      target.driver.snapshotReceived(header, install);
    });
    this.#travel(() => this.#end("delivered"));
  }

  /** One way between the two; the stream breaks when the way is closed. */
  #travel(next: () => void): void {
    const { network, scheduler, options, counters } = this.#world;
    const to = this.#world.machineOf(this.#request.header.to);
    const isBroken = (): boolean =>
      to === undefined ||
      network.isBlocked(this.#sender.label, to.label) ||
      network.isBlocked(to.label, this.#sender.label) ||
      (this.#target !== undefined && !this.#target.isAlive);
    scheduler.after(network.delayMs(), () => {
      if (this.#isOver) return;
      if (isBroken() || this.#isStruck(options.snapshotBreakRate)) {
        counters.add("snapshot broken off");
        this.#end("failed");
      } else if (this.#sender.isAlive) next();
      else this.#end("failed");
    });
  }

  #maybeDamage(chunk: Uint8Array): Uint8Array {
    const { dice, options, counters } = this.#world;
    const copy = chunk.slice();
    if (copy.length > 0 && this.#isStruck(options.chunkCorruptionRate)) {
      const at = dice.integer(copy.length);
      copy[at] = (copy[at] as number) ^ (1 << dice.integer(8));
      this.#isDamaged = true;
      counters.add("snapshot chunk corrupted");
    }
    return copy;
  }

  #isStruck(rate: number): boolean {
    return !this.#world.network.isCalm && this.#world.dice.chance(rate);
  }

  #end(outcome: SnapshotOutcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#deadline?.cancel();
    const receiver = this.#receiver;
    this.#receiver = undefined;
    if (receiver !== undefined && outcome === "failed") this.#target?.enter(() => receiver.abort());
    this.#request.source.close();
    const { done } = this.#request;
    this.#world.scheduler.after(0, () => this.#sender.enter(() => done(outcome)));
  }
}
