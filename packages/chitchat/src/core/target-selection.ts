import { nextInteger, type Rng } from "@caucus/base";
import { formatSocketAddress, type SocketAddress } from "./socket-address.ts";

/** Addresses of the nodes known, in any order and with duplicates. */
export interface TargetCandidates {
  /** Every node but this one. */
  readonly peers: readonly SocketAddress[];
  readonly live: readonly SocketAddress[];
  readonly dead: readonly SocketAddress[];
  /** Without the own address. */
  readonly seeds: readonly SocketAddress[];
}

const LIVE_TARGETS = 3;

/**
 * Whom to gossip with in one round: up to three live nodes, now and then a dead one (it may be back)
 * and a seed (so that two halves of a cluster find each other). An address may come twice.
 */
export function selectTargets(candidates: TargetCandidates, rng: Rng): SocketAddress[] {
  const live = distinct(candidates.live);
  const dead = distinct(candidates.dead);
  const seeds = distinct(candidates.seeds);
  const pool = live.size > 0 ? live : distinct(candidates.peers);
  const targets = sample([...pool.values()], LIVE_TARGETS, rng);
  const hasSeed = targets.some((target) => seeds.has(formatSocketAddress(target)));
  if (dead.size > 0 && dead.size / (live.size + 1) > rng.next()) {
    targets.push(...sample([...dead.values()], 1, rng));
  }
  if (seeds.size > 0 && (!hasSeed || live.size < seeds.size)) {
    const isChosen = live.size === 0 || rng.next() <= seeds.size / (live.size + dead.size);
    if (isChosen) targets.push(...sample([...seeds.values()], 1, rng));
  }
  return targets;
}

function distinct(addresses: readonly SocketAddress[]): Map<string, SocketAddress> {
  return new Map(addresses.map((address) => [formatSocketAddress(address), address]));
}

/** Up to `count` different items, each equally likely. Reorders `items`. */
export function sample<T>(items: T[], count: number, rng: Rng): T[] {
  const chosen = Math.min(count, items.length);
  for (let at = 0; at < chosen; at++) {
    const other = at + nextInteger(rng, items.length - at);
    [items[at], items[other]] = [items[other] as T, items[at] as T];
  }
  return items.slice(0, chosen);
}
