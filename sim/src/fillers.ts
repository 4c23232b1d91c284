/**
 * Puts that were never answered and whose value nobody saw. They may have taken effect at any
 * time after their request, or never, and all they do is to raise the version by one. So they
 * need not be searched: wherever one is used, it could as well be used directly before the next
 * operation that needs the higher version, the earliest request first.
 */
import type { KeyState, Need } from "./kv-model.ts";

export class Fillers {
  /** Positions of the requests, ascending. */
  readonly #requests: number[] = [];
  #used = 0;

  /** In the order of the requests. */
  add(requested: number): void {
    this.#requests.push(requested);
  }

  get used(): number {
    return this.#used;
  }

  /**
   * Uses as many as lead from `state` to one that meets `need`, all requested before `deadline`.
   * Answers how many; undefined when that can't be.
   */
  fill(state: KeyState, need: Need, deadline: number): number | undefined {
    const target = need.kind === "present" ? 1 : need.kind === "version" ? need.version : 0;
    const count = target - state.version;
    const last = this.#requests[this.#used + count - 1];
    if (count <= 0 || last === undefined || last > deadline) return undefined;
    this.#used += count;
    return count;
  }

  giveBack(count: number): void {
    this.#used -= count;
  }
}
