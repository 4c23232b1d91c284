import type { Dice } from "./dice.ts";
import type { Scheduler } from "./scheduler.ts";

/** As seen from the side that is cut off: what it receives, what it sends. */
export type CutDirection = "in" | "out" | "both";

/** What the network does to packets. */
export interface NetworkCounters {
  add(name: "message lost" | "message delayed" | "message duplicated" | "message reordered"): void;
}

export interface NetworkOptions {
  readonly lossRate: number;
  readonly duplicateRate: number;
  /** Chance that a packet is held up and overtaken by later ones. */
  readonly reorderRate: number;
  /** Chance of a delay far above the usual. */
  readonly longDelayRate: number;
  readonly delayMsMin: number;
  readonly delayMsMax: number;
  /** A link delivers in the order of sending, as one TCP connection does. */
  readonly ordered: boolean;
}

const LONG_DELAY_FACTOR = 25;

/** Directed links between machines, which are numbered from 1. Best effort. */
export class Network {
  readonly #scheduler: Scheduler;
  readonly #dice: Dice;
  readonly #counters: NetworkCounters;
  readonly #size: number;
  #options: NetworkOptions;
  #isCalm = false;
  /** By link, how many partitions lie across it. */
  readonly #blocked: number[];
  readonly #flakiness: number[];
  /** When the last packet of each link arrives. */
  readonly #lastArrivalMs: number[];

  constructor(
    machines: number,
    options: NetworkOptions,
    environment: { scheduler: Scheduler; dice: Dice; counters: NetworkCounters },
  ) {
    this.#size = machines + 1;
    this.#options = options;
    this.#scheduler = environment.scheduler;
    this.#dice = environment.dice;
    this.#counters = environment.counters;
    this.#blocked = new Array<number>(this.#size ** 2).fill(0);
    this.#flakiness = new Array<number>(this.#size ** 2).fill(0);
    this.#lastArrivalMs = new Array<number>(this.#size ** 2).fill(0);
  }

  isBlocked(from: number, to: number): boolean {
    return (this.#blocked[this.#link(from, to)] as number) > 0;
  }

  /** Nothing travels on this link until the answer is called; several blocks add up. */
  block(from: number, to: number): () => void {
    const link = this.#link(from, to);
    this.#blocked[link] = (this.#blocked[link] as number) + 1;
    return () => {
      this.#blocked[link] = Math.max(0, (this.#blocked[link] as number) - 1);
    };
  }

  /** Blocks what the machines of one side receive from all others, or send to them, or both. */
  cutOff(side: readonly number[], direction: CutDirection): () => void {
    const ends: (() => void)[] = [];
    for (const one of side) {
      for (const other of this.#labels()) {
        if (side.includes(other)) continue;
        if (direction !== "in") ends.push(this.block(one, other));
        if (direction !== "out") ends.push(this.block(other, one));
      }
    }
    return () => {
      for (const end of ends) end();
    };
  }

  /** Extra loss on every link of one machine, until the answer is called. */
  makeLinksFlaky(one: number, lossRate: number): () => void {
    const setLoss = (rate: number): void => {
      for (const other of this.#labels()) {
        if (other === one) continue;
        this.#flakiness[this.#link(one, other)] = rate;
        this.#flakiness[this.#link(other, one)] = rate;
      }
    };
    setLoss(lossRate);
    return () => setLoss(0);
  }

  /** Ends partitions and flaky links. */
  heal(): void {
    this.#blocked.fill(0);
    this.#flakiness.fill(0);
  }

  /** Nothing goes wrong any more, also not to snapshot streams. */
  get isCalm(): boolean {
    return this.#isCalm;
  }

  /** From now on nothing is lost, doubled or held up. */
  calm(): void {
    this.#isCalm = true;
    this.heal();
    this.#options = {
      ...this.#options,
      lossRate: 0,
      duplicateRate: 0,
      reorderRate: 0,
      longDelayRate: 0,
    };
  }

  /** `deliver` runs later, once, twice or never. */
  send(from: number, to: number, deliver: () => void): void {
    const link = this.#link(from, to);
    const options = this.#options;
    const dice = this.#dice;
    if (
      (this.#blocked[link] as number) > 0 ||
      dice.chance(this.#flakiness[link] ?? 0) ||
      dice.chance(options.lossRate)
    ) {
      this.#counters.add("message lost");
      return;
    }
    this.#sendOnce(link, deliver);
    if (dice.chance(options.duplicateRate)) {
      this.#counters.add("message duplicated");
      this.#sendOnce(link, deliver);
    }
  }

  /** Delay of one packet, in ms. */
  delayMs(): number {
    const { delayMsMin, delayMsMax, longDelayRate } = this.#options;
    const delayMs = this.#dice.uniform(delayMsMin, delayMsMax);
    if (!this.#dice.chance(longDelayRate)) return delayMs;
    this.#counters.add("message delayed");
    return delayMs + this.#dice.uniform(1, LONG_DELAY_FACTOR) * delayMsMax;
  }

  #sendOnce(link: number, deliver: () => void): void {
    const nowMs = this.#scheduler.nowMs;
    const last = this.#lastArrivalMs[link] ?? 0;
    let arrivalMs = nowMs + this.delayMs();
    if (this.#options.ordered && !this.#dice.chance(this.#options.reorderRate)) {
      arrivalMs = Math.max(arrivalMs, last);
    }
    if (arrivalMs < last) this.#counters.add("message reordered");
    else this.#lastArrivalMs[link] = arrivalMs;
    this.#scheduler.after(arrivalMs - nowMs, () => {
      // A partition also takes what is under way.
      if ((this.#blocked[link] as number) > 0) this.#counters.add("message lost");
      else deliver();
    });
  }

  #labels(): readonly number[] {
    return Array.from({ length: this.#size - 1 }, (_, index) => index + 1);
  }

  #link(from: number, to: number): number {
    return from * this.#size + to;
  }
}
