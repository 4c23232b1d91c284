import type { Member } from "@caucus/raft";

/** Where a write goes now. */
export type Route =
  | { readonly kind: "self" }
  | { readonly kind: "other"; readonly leader: Member }
  | { readonly kind: "none" };

/** Requests that wait for a leader at the same time; beyond it they are refused as overloaded. */
export const WAITING_MAX = 4096;

const NO_ROUTE: Route = { kind: "none" };

/**
 * Knows who leads, and wakes those who wait for somebody to do so. `changed` is the only place
 * that asks Raft: a route costs nothing on the way of a write.
 */
export class LeaderRouting {
  readonly #find: () => Route;
  readonly #waiting = new Set<() => void>();
  #route: Route = NO_ROUTE;

  constructor(find: () => Route) {
    this.#find = find;
  }

  get route(): Route {
    return this.#route;
  }

  /** Role, leader, term or configuration may be different now. */
  changed(): void {
    this.#route = this.#find();
    if (this.#route.kind !== "none") this.wake();
  }

  /** Wakes everybody: somebody leads, or the node stops. */
  wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Calls `woken` once at the next change to a leader; false when too many wait. */
  wait(woken: () => void): boolean {
    if (this.#waiting.size >= WAITING_MAX) return false;
    this.#waiting.add(woken);
    return true;
  }

  cancel(woken: () => void): void {
    this.#waiting.delete(woken);
  }
}
