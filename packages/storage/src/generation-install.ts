import { assert } from "@caucus/base";
import type { StateInstall, StateRecord } from "@caucus/kv";
import type { Journal } from "./write.ts";

/** Which generation of the state is read and written, and which numbers are taken. */
export class Generations {
  #inForce: number;
  #highest: number;

  constructor(inForce: number) {
    this.#inForce = inForce;
    this.#highest = inForce;
  }

  get inForce(): number {
    return this.#inForce;
  }

  /** A number that was never used since opening; opening has removed all others. */
  take(): number {
    this.#highest += 1;
    return this.#highest;
  }

  /** Answers the generation that was in force until now. */
  flipTo(generation: number): number {
    const old = this.#inForce;
    this.#inForce = generation;
    return old;
  }
}

/** A generation being received. Both adapters use it; only their journals differ. */
export class GenerationInstall implements StateInstall {
  readonly generation: number;
  readonly #journal: Journal;
  #state: "open" | "sealing" | "sealed" | "flipping" | "discarded" = "open";

  constructor(journal: Journal, generation: number) {
    this.#journal = journal;
    this.generation = generation;
  }

  put(records: readonly StateRecord[], done: (error?: Error) => void): void {
    assert(this.#state === "open", `put into a generation that is ${this.#state}`);
    const write = { kind: "generation-put", generation: this.generation, records } as const;
    this.#journal.append(write, () => undefined, done);
  }

  seal(done: (error?: Error) => void): void {
    assert(this.#state === "open", `a generation is sealed that is ${this.#state}`);
    this.#state = "sealing";
    this.#journal.append({ kind: "generation-seal", generation: this.generation }, (error) => {
      if (error === undefined && this.#state === "sealing") this.#state = "sealed";
      done(error);
    });
  }

  discard(): void {
    if (this.#state === "discarded" || this.#state === "flipping") return;
    this.#state = "discarded";
    this.#journal.append({ kind: "generation-drop", generation: this.generation }, () => undefined);
  }

  /** Called once, by the log store whose batch flips to this generation. */
  startFlip(): number {
    assert(this.#state === "sealed", `flipping to a generation that is ${this.#state}`);
    this.#state = "flipping";
    return this.generation;
  }
}
